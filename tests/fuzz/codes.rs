//! Fuzzes codes, months, days and instants.

use std::fmt::{Debug, Display};
use std::str::FromStr;

use domain::{
    AreaCode, Channel, CountyCode, EpochSeconds, ItemCode, Level, Month, PlaceCode, ProjectNo,
    Province, ServedOn, SourceId, Tag,
};
use proptest::prelude::*;
use wire::CellSet;

use crate::{fuzz, tells_nothing};

/// Checks that an accepted code is written as it was read, and can be read back.
fn has_one_text<T: FromStr<Err: Display> + Display>(text: &str) -> Result<(), TestCaseError> {
    match text.parse::<T>() {
        Ok(code) => prop_assert_eq!(code.to_string(), text),
        Err(error) => tells_nothing("a code", &error.to_string())?,
    }
    Ok(())
}

fn is_read_again<T>(text: &str) -> Result<(), TestCaseError>
where
    T: FromStr<Err: Display> + Display + PartialEq + Debug,
{
    match text.parse::<T>() {
        Ok(value) => prop_assert_eq!(value.to_string().parse::<T>().ok(), Some(value)),
        Err(error) => tells_nothing("a value", &error.to_string())?,
    }
    Ok(())
}

#[test]
fn a_code_has_one_text_and_an_error_does_not_repeat_it() {
    let good = [
        "440000",
        "440106",
        "440106000000",
        "1144010600745678901440110001000",
        "4401-000001",
        "TH-01",
        "guangzhou/tianhe-hall",
        "110",
        "2023-07",
        "2023-07-05",
        "hall",
        "very_satisfied",
        "2023-07-05T10:11:12+08:00",
        "2023-07-05T02:11:12Z",
        "张三",
        "zhang-san-13800138000",
    ];
    let edit = (any::<prop::sample::Index>(), 0..3_usize, "[0-9A-Za-z+:. _/-]{0,3}|\\PC");
    let nearly = (prop::sample::select(good.to_vec()), prop::collection::vec(edit, 0..3)).prop_map(
        |(text, edits)| {
            let mut chars: Vec<_> = text.chars().collect();
            for (at, remove, insert) in edits {
                let at = at.index(chars.len() + 1);
                let end = (at + remove).min(chars.len());
                chars.splice(at..end, insert.chars());
            }
            chars.into_iter().collect::<String>()
        },
    );
    let texts = prop_oneof![
        6 => nearly,
        1 => any::<String>(),
        1 => "[0-9T:Z+-]{6,12}",
        1 => "[0-9a-fA-F]{255,257}",
    ];
    fuzz("codes", &texts, |text| {
        has_one_text::<Province>(&text)?;
        has_one_text::<AreaCode>(&text)?;
        has_one_text::<CountyCode>(&text)?;
        has_one_text::<ItemCode>(&text)?;
        has_one_text::<ProjectNo>(&text)?;
        has_one_text::<PlaceCode>(&text)?;
        has_one_text::<SourceId>(&text)?;
        has_one_text::<Tag>(&text)?;
        has_one_text::<Channel>(&text)?;
        has_one_text::<Level>(&text)?;
        has_one_text::<Month>(&text)?;
        has_one_text::<ServedOn>(&text)?;
        is_read_again::<EpochSeconds>(&text)?;
        is_read_again::<CellSet>(&text)
    });
}
