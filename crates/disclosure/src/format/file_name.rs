//! Names of files. No two contents have one name: it says what is in the file, up to when it was
//! counted and, at its end, a digest.

use ::figures::{Edition, Status};
use domain::EpochSeconds;

use crate::model::{LedgerOfMonth, MonthOfProvince};
use crate::moment;
use crate::resource::{ALL_ROWS, Breakdown, LedgerBreakdown, LedgerRow, RowRange};

/// Of the figures of a month, or of a part of them.
pub(super) fn of_month(edition: Edition, part: &[String], as_of: Option<EpochSeconds>) -> String {
    let Edition { province, month, status, .. } = edition;
    let mut words = vec![province.to_string(), month.to_string()];
    words.extend_from_slice(part);
    if status == Status::Simulated {
        words.push(status.code().to_owned());
    }
    words.extend(as_of.map(moment::in_file_name));
    words.join("-")
}

/// Of a list of months. It is simulated if any of them is.
pub(super) fn of_list<'a>(
    list: &str,
    months: impl IntoIterator<Item = &'a MonthOfProvince>,
) -> String {
    let (mut is_simulated, mut through) = (false, None);
    for month in months {
        is_simulated |= month.status == Status::Simulated;
        through = through.max(month.through);
    }
    let simulated = is_simulated.then(|| Status::Simulated.code().to_owned());
    let words = [Some(list.to_owned()), simulated, through.map(moment::in_file_name)];
    words.into_iter().flatten().collect::<Vec<_>>().join("-")
}

/// What rows a file has: what they are of, to what they are confined, and which of all, as many as it has.
pub(super) fn part(breakdown: &Breakdown, range: RowRange, rows: usize) -> Vec<String> {
    let words = match breakdown {
        Breakdown::Cities => vec![Some("area-city".to_owned())],
        Breakdown::Counties { city } => {
            vec![Some("area-county".to_owned()), city.map(|city| city.to_string())]
        }
        Breakdown::Departments => vec![Some("department".to_owned())],
        Breakdown::Items { area, department, item, channel } => vec![
            Some("item".to_owned()),
            area.map(|area| area.to_string()),
            department.as_ref().map(ToString::to_string),
            item.map(|item| item.to_string()),
            channel.map(|channel| channel.to_string()),
        ],
    };
    words.into_iter().flatten().chain(numbers(range, rows)).collect()
}

/// What a file of the ledger has.
pub(super) fn part_of_ledger(of: &LedgerOfMonth) -> Vec<String> {
    let LedgerBreakdown { by, source } = of.breakdown;
    let by = (by != LedgerRow::default()).then(|| format!("by-{}", <&str>::from(by)));
    let source = source.map(|source| source.to_string().replace('/', "_"));
    let words =
        [Some("ledger".to_owned()), by, source, numbers(of.range, of.ledger.sources.rows.len())];
    words.into_iter().flatten().collect()
}

/// The numbers of the rows, if they are not all. The last page has fewer than were asked for.
fn numbers(range: RowRange, rows: usize) -> Option<String> {
    if range == ALL_ROWS {
        return None;
    }
    let offset = u64::from(range.offset);
    Some(match rows as u64 {
        0 => format!("rows-none-from-{}", offset + 1),
        rows => format!("rows-{}-{}", offset + 1, offset + rows),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(part: &[String], status: Status) -> String {
        let province = "440000".parse().expect("a province");
        let month = "2023-07".parse().expect("a month");
        let as_of = "2023-08-15T02:10:05Z".parse().expect("an instant");
        of_month(Edition { province, month, status, rule: 1 }, part, Some(as_of))
    }

    #[test]
    fn a_name_says_what_is_in_the_file_and_up_to_when() {
        let city = Some("440100".parse().expect("a city"));
        let counties = part(&Breakdown::Counties { city }, ALL_ROWS, 21);
        let items = Breakdown::Items {
            area: None,
            department: Some("11440106000000000X".parse().expect("a department")),
            item: None,
            channel: Some(domain::Channel::Hall),
        };
        let second_page = RowRange { limit: 100, offset: 100 };
        assert_eq!(part(&items, second_page, 0).last().expect("a word"), "rows-none-from-101");
        let items = part(&items, second_page, 50);
        for (part, status, expected) in [
            (vec![], Status::Provisional, "440000-2023-07-20230815T021005Z"),
            (
                counties,
                Status::Simulated,
                "440000-2023-07-area-county-440100-simulated-20230815T021005Z",
            ),
            (
                items,
                Status::Provisional,
                "440000-2023-07-item-11440106000000000X-hall-rows-101-150-20230815T021005Z",
            ),
        ] {
            assert_eq!(name(&part, status), expected);
        }
    }

    #[test]
    fn a_list_is_simulated_if_any_of_its_months_is() {
        let month = |status, seconds: Option<u32>| MonthOfProvince {
            month: "2023-07".parse().expect("a month"),
            status,
            through: seconds.map(EpochSeconds::new),
            reviews: 1,
        };
        let provisional = month(Status::Provisional, Some(1_692_065_405));
        let simulated = month(Status::Simulated, None);
        assert_eq!(of_list("provinces", [&provisional]), "provinces-20230815T021005Z");
        assert_eq!(
            of_list("provinces", [&simulated, &provisional]),
            "provinces-simulated-20230815T021005Z"
        );
    }
}
