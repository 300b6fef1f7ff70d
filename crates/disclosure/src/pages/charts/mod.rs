//! Draws charts as SVG, so that a page needs no script. Each can be read without colour: whatever is
//! drawn has its name and its value in words, and a table has the same numbers.
//!
//! Positions are shares of the width, and letters keep their size, so a chart fills any width. On a
//! wide page, the style sheet moves names and values to the sides of what is drawn.
//!
//! Colours tell two things and nothing else: good or bad, and by two shades who gave a review, a person
//! or a system.

mod bars;
mod frame;
mod levels;
mod rates;
mod segments;

pub(crate) use self::bars::{Bar, BarChart, Line};
pub(crate) use self::frame::legend;
pub(crate) use self::levels::{levels, most_frequent};
pub(crate) use self::rates::{Comparison, RateLine, RatesChart};
pub(crate) use self::segments::{Segment, Whole};
