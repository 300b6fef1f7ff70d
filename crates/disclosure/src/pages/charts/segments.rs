//! One bar that is a whole, divided into segments. A label lies within its own segment, or above the bar
//! where there is no room.

use maud::{Markup, html};

use super::frame::{share, stripes, width_of};

/// A segment of a whole.
pub(crate) struct Segment {
    /// Colours it.
    pub(crate) class: &'static str,
    pub(crate) count: u64,
    /// What stands in it, the fullest text first; the first that fits is taken.
    pub(crate) labels: Vec<String>,
    /// Whether it belongs together with the segment before it: two shades of one thing touch each
    /// other, and other segments do not.
    pub(crate) continues: bool,
}

/// A whole.
pub(crate) struct Whole(pub(crate) Vec<Segment>);

/// The width of a chart on the narrowest page that we look at, 320 pixels wide. What fits there fits
/// everywhere.
const NARROWEST: f64 = 284.0;

/// The least part of a whole, of a thousand, that keeps its size beside a gap: 4 pixels on the narrowest
/// page, where a gap takes one pixel of each of its sides. A gap would erase what is less.
pub(super) const BROAD_PER_MILLE: u64 = 15;

/// Height of the stripes over what is bad, in pixels, as the style sheet has it. They lie below labels.
const STRIPES: u32 = 8;

/// Between the ends of a segment and its text, in pixels.
const MARGIN: f64 = 8.0;

impl Whole {
    fn all(&self) -> u64 {
        self.0.iter().map(|segment| segment.count).sum()
    }

    /// The label that fits into a segment.
    #[expect(clippy::cast_precision_loss, reason = "counts of a country stay far below 2^53")]
    fn label<'a>(&self, segment: &'a Segment) -> Option<&'a str> {
        let room = NARROWEST * segment.count as f64 / self.all() as f64 - 2.0 * MARGIN;
        segment.labels.iter().map(String::as_str).find(|label| width_of(label) <= room)
    }

    /// Whether a segment has a label that lies within it.
    pub(crate) fn is_labelled(&self, index: usize) -> bool {
        self.0.get(index).is_some_and(|segment| self.label(segment).is_some())
    }

    /// The bar, as high as its place.
    pub(crate) fn render(&self, top: u32, height: u32) -> Markup {
        let all = self.all();
        let is_broad = |count: u64| 1_000 * count >= BROAD_PER_MILLE * all;
        let (mut from, mut is_broad_before) = (0, false);
        let segments = self.0.iter().filter(|segment| segment.count > 0).map(|segment| {
            let before = from;
            from += segment.count;
            let has_gap = is_broad_before && is_broad(segment.count) && !segment.continues;
            is_broad_before = is_broad(segment.count);
            (segment, before, has_gap)
        });
        let height_of_stripes = height.saturating_sub(STRIPES / 2).to_string();
        html! {
            svg.segments y=(top) height=(height) {
                @for (segment, before, has_gap) in segments {
                    @let x = share(before, all);
                    @let end = share(before + segment.count, all);
                    rect class=(segment.class) x=(x) width=(share(segment.count, all)) height="100%" {}
                    (stripes(segment.class, &x, &end, &height_of_stripes))
                    @if has_gap {
                        line.gap x1=(x) x2=(x) y2="100%" {}
                    }
                    @if let Some(label) = self.label(segment) {
                        text class={ "inside on " (segment.class) } x=(x) dx=(MARGIN) y="50%" dy="5" {
                            (label)
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(count: u64, label: &str) -> Segment {
        Segment { class: "good", count, labels: vec![label.into(), "1".into()], continues: false }
    }

    #[test]
    fn a_label_begins_where_its_segment_begins() {
        let whole = Whole(vec![segment(22, "x"), segment(78, "基本满意 78%")]);
        let drawn = whole.render(0, 26).into_string();
        assert!(
            drawn.contains("x=\"22.00%\" dx=\"8\" y=\"50%\" dy=\"5\">基本满意 78%<"),
            "{drawn}"
        );
    }

    #[test]
    fn a_gap_lies_between_broad_segments_only() {
        let whole = |counts: [u64; 3]| Whole(counts.map(|count| segment(count, "x")).into());
        let gaps = |counts| whole(counts).render(0, 26).into_string().matches("\"gap\"").count();
        assert_eq!(gaps([500, 400, 100]), 2);
        assert_eq!(gaps([900, 99, 1]), 1, "it would erase the last");
        assert_eq!(gaps([900, 1, 99]), 0, "both of its sides");
    }

    #[test]
    fn a_label_that_does_not_fit_gives_way_to_a_shorter_one_or_to_none() {
        let whole =
            Whole(vec![segment(80, "非常满意"), segment(17, "基本满意 17%"), segment(3, "不满意")]);
        let drawn = whole.render(0, 26).into_string();
        assert!(drawn.contains(">非常满意<") && drawn.contains(">1<"), "{drawn}");
        assert_eq!(drawn.matches("<text").count(), 2, "nothing fits 3 %: {drawn}");
        assert_eq!([0, 1, 2, 3].map(|index| whole.is_labelled(index)), [true, true, false, false]);
    }
}
