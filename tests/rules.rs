//! Which rule a province's figures are read by.

use std::collections::BTreeSet;

use counter::recount::recount;
use domain::{COUNTING_RULE, Province};
use serde_json::json;
use strum::VariantArray;
use tables::Rule;
use tables::active_rule::activate;
use tables::counts::Table;
use tables::records::buckets_of_month;
use testbed::program::Said;
use testbed::wait::until;
use testbed::world::World;

use crate::support::events::{MONTH, review};
use crate::support::{run, world};

/// A rule that no version knows: the latest review of a service counts.
const MUTANT: Rule = Rule {
    number: 900,
    rank: "(bitShiftLeft(toUInt256(toUInt32(rated_at)), 200) + toUInt256(event))",
};

/// `haochaping rule …`.
fn rule(world: &World, arguments: &[&str]) -> Said {
    let clickhouse = &world.installation.clickhouse;
    let mut all = vec![
        "rule",
        "--clickhouse-url",
        &clickhouse.clickhouse_url,
        "--clickhouse-database",
        &clickhouse.clickhouse_database,
    ];
    all.extend(arguments);
    run(&all)
}

async fn levels(world: &World) -> (u64, [u64; 2]) {
    let month = world.disclosed(MONTH).await.expect("the month");
    let level = |name: &str| month["total"]["levels"][name].as_u64().expect("a number");
    let rule = month["rule"].as_u64().expect("a number");
    (rule, [level("satisfied"), level("dissatisfied")])
}

#[tokio::test]
async fn figures_are_read_by_another_rule_once_everything_is_counted_by_it_and_not_before() {
    let world = world::start().await;
    // The same service, rated twice: by the first rule the earlier review counts.
    let (early, mut late) = (review(1, "satisfied"), review(1, "dissatisfied"));
    late["id"] = json!("0190d3a1-0000-7000-8000-00000000ffff");
    late["data"]["review_id"] = json!("0190d3a1-0000-7000-8000-00000000fffe");
    late["data"]["text"] = json!("等了很久");
    late["data"]["rated_at"] = json!("2023-07-06T10:00:00+08:00");
    let answer = world.post_batch("reviews", &json!([early, late])).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    until("both are stored", async || world.stored().await == 2).await;
    world.until_counted(MONTH, 1).await;
    world.until_items_are_counted(MONTH).await;
    assert_eq!(levels(&world).await, (u64::from(COUNTING_RULE), [1, 0]));

    let client = world.installation.clickhouse.client();
    let known = [Rule::FIRST, MUTANT];
    let guangdong: Province = "440000".parse().expect("a province");
    let provinces = BTreeSet::from([guangdong]);
    let buckets = buckets_of_month(&client, "2023-07".parse().expect("a month")).await;
    let buckets = buckets.expect("the buckets");
    // The ledger's classes are counted last.
    until("the first rule has counted everything", async || {
        let missing = activate(&client, &known, COUNTING_RULE, &provinces).await;
        missing.expect("an answer").is_empty()
    })
    .await;
    // The first rule falls behind by one record, which is no excuse for a rule that has counted nothing.
    let arrived =
        "INSERT INTO records SELECT * REPLACE (offset + 1000 AS offset) FROM records LIMIT 1";
    client.query_raw(arrived).execute().await.expect("a record that nobody has counted");

    let missing = activate(&client, &known, MUTANT.number, &provinces).await.expect("an answer");
    let tables: Vec<_> = missing.keys().copied().collect();
    assert_eq!(tables, ["class_counts", "counts", "item_counts"], "no service, so no case");
    for table in [Table::Counts, Table::ItemCounts] {
        recount(&client, table, &[MUTANT], &buckets).await.expect("it is counted");
    }
    let missing = activate(&client, &known, MUTANT.number, &provinces).await.expect("an answer");
    assert_eq!(missing.keys().copied().collect::<Vec<_>>(), ["class_counts"]);
    assert_eq!(levels(&world).await, (u64::from(COUNTING_RULE), [1, 0]), "nothing was moved");

    for table in Table::VARIANTS {
        recount(&client, *table, &known, &buckets).await.expect("it is counted");
    }
    let missing = activate(&client, &known, MUTANT.number, &provinces).await.expect("an answer");
    assert!(missing.is_empty(), "{missing:?}");
    until("the figures are read by it", async || levels(&world).await == (900, [0, 1])).await;
    let shown = rule(&world, &["show"]);
    assert!(shown.words().contains("Read by rule 900: 440000\n"), "{}", shown.words());

    // The program does not know it, and can only go back.
    let refused = rule(&world, &["activate", "900"]);
    assert_eq!(refused.code, Some(2), "{}", refused.err);
    assert!(refused.err.contains("does not know the rule 900"), "{}", refused.err);
    let back = rule(&world, &["activate", "1", "--province", "440000"]);
    assert_eq!(back.code, Some(0), "{}{}", back.words(), back.err);
    until("the figures are what they were", async || levels(&world).await == (1, [1, 0])).await;
}
