use std::fmt::Write;

use super::*;

fn illustration() -> Published {
    "guangdong-2020-01-illustration".parse::<MonthFile>().expect("a name").read().expect("a month")
}

/// The response of the disclosure to these counts, in the form that its description demands.
fn disclosed(targets: &Targets) -> Disclosed {
    let slice = |counted: u64, set_aside: u64| {
        let (mut levels, mut active) = (String::new(), String::new());
        for (level, target) in &targets.levels {
            write!(levels, r#""{level}":{},"#, target.counted).expect("text");
            write!(active, r#""{level}":{},"#, target.counted - target.default).expect("text");
        }
        let (levels, active) = (levels.trim_end_matches(','), active.trim_end_matches(','));
        format!(
            r#"{{"cases":{},"services":1,"unreviewed_services":null,
                 "reviews":{{"counted":{counted},"active":1,"default":0}},"set_aside":{set_aside},
                 "levels":{{{levels}}},"active_levels":{{{active}}},"bad_reviews_received":1}}"#,
            targets.cases
        )
    };
    let channels: Vec<_> = Channel::VARIANTS
        .iter()
        .map(|channel| {
            let received = targets.channels.get(channel).copied().unwrap_or(0);
            let figures = slice(received - received / 40, received / 40);
            format!(r#"{{"channel":"{channel}","group":"online","figures":{figures}}}"#)
        })
        .collect();
    let total = slice(targets.reviews() - targets.set_aside, targets.set_aside);
    let json = format!(
        r#"{{"status":"provisional","rule":1,"total":{total},"channels":[{}]}}"#,
        channels.join(",")
    );
    serde_json::from_str(&json).expect("the shape of an answer")
}

#[test]
fn figures_that_are_the_scaled_ones_agree() {
    for scale in [1.0, 0.01] {
        let published = illustration();
        let targets = Targets::of(&published, scale).expect("a scale");
        let agreement = Agreement::new(&published, &targets, Some(&disclosed(&targets)));
        assert!(agreement.is_full(), "{agreement}");
        assert!(agreement.to_string().ends_with("All figures agree.\n"));
        assert_eq!(agreement.rows.len(), 3 + 3 + 5 + 3);
    }
}

/// One review is counted twice and one is missing. The table shows each difference in its row.
#[test]
fn a_difference_of_one_is_a_difference() {
    let published = illustration();
    let targets = Targets::of(&published, 0.01).expect("a scale");
    let mut other = targets.clone();
    *other.channels.get_mut(&Channel::Hall).expect("a channel") += 1;
    other.levels.get_mut(&Level::BasicallySatisfied).expect("a level").default -= 1;
    other.channels.insert(Channel::Paper, 2);
    let agreement = Agreement::new(&published, &targets, Some(&disclosed(&other)));
    assert!(!agreement.is_full());
    let differing: Vec<_> = agreement.rows.iter().filter(|row| !row.agrees()).collect();
    let names: Vec<_> = differing.iter().map(|row| row.name.trim()).collect();
    assert_eq!(names, ["reviews received", "by hall", "by paper", "default, basically_satisfied"]);
    let table = agreement.to_string();
    let line = |name: &str| {
        table.lines().find(|line| line.contains(name)).expect("a line").split_whitespace()
    };
    assert!(line("by hall").eq(["by", "hall", "1,185,370", "11,854", "11,855", "+1"]));
    assert!(line("by paper").eq(["by", "paper", "-", "0", "2", "+2"]));
    assert!(table.ends_with("4 figures differ.\n"));
}

#[test]
fn a_month_that_is_not_disclosed_does_not_agree() {
    let published = illustration();
    let targets = Targets::of(&published, 1.0).expect("a scale");
    let agreement = Agreement::new(&published, &targets, None);
    assert!(agreement.rows.iter().all(|row| !row.agrees()));
}
