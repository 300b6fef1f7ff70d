//! Plays a history on the real tables and compares them with the reference.

use std::sync::atomic::{AtomicU32, Ordering};

use clickhouse::Client;
use counter::recount::recount;
use counter::statements::statements;
use domain::identity::Position;
use domain::reference::{self, Record};
use domain::{Cell, EpochSeconds, EventHash, Province, ServedOn, SourceId};
use loader::{Batch, Names};
use strum::VariantArray;
use tables::Rule;
use tables::buckets::Buckets;
use tables::counts::Table;
use tables::records::DaySizes;
use tables::sweep::sweep;
use testbed::engines::Installation;
use tokio::runtime::Runtime;
use topics::Appended;
use wire::{CellSet, CloudEvent};

use super::expected::{self, Tables};
use super::history::{History, PARTITIONS, Step};
use super::tampering::Tampering;
use crate::support::engines::Engines;

/// Separate tables, counted by one rule.
pub struct World {
    pub(super) tampering: Tampering,
    pub(super) runtime: Runtime,
    pub(super) client: Client,
    pub(super) installation: Installation,
}

const TABLES: [&str; 5] = ["records", "counts", "case_counts", "item_counts", "class_counts"];

impl World {
    pub fn new(tampering: Tampering) -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let installation = Engines::shared().new_installation();
        runtime.block_on(installation.migrate());
        let client = installation.clickhouse.client();
        let world = Self { tampering, runtime, client, installation };
        world.runtime.block_on(world.break_tables());
        world
    }

    /// Creates the tables again as the broken rule has them.
    async fn break_tables(&self) {
        for table in TABLES {
            let create: String = self
                .client
                .query(
                    "SELECT create_table_query FROM system.tables WHERE database = ? AND name = ?",
                )
                .bind(&self.installation.clickhouse.clickhouse_database)
                .bind(table)
                .fetch_one()
                .await
                .expect("the table exists");
            let broken = self.tampering.of_table(&create);
            if broken != create {
                self.execute(&format!("DROP TABLE {table} SYNC")).await;
                self.execute(&broken).await;
            }
        }
    }

    pub(super) async fn execute(&self, statement: &str) {
        let statement = self.client.query_raw(statement).with_setting("wait_end_of_query", "1");
        statement.execute().await.expect("the statement runs");
    }

    /// Plays a history and compares the tables with the reference.
    pub fn replay(&self, history: &History) -> Result<(), String> {
        self.runtime.block_on(async { self.play(history).await.compare().await })
    }

    /// Plays a history from empty tables.
    pub(super) async fn play<'w>(&'w self, history: &'w History) -> Player<'w> {
        for table in TABLES {
            self.execute(&format!("TRUNCATE TABLE {table}")).await;
        }
        let mut player = Player::new(self, history);
        for step in &history.steps {
            player.play(step).await;
        }
        player.load_the_rest().await;
        player
    }
}

pub(super) struct Player<'w> {
    world: &'w World,
    /// The values of each partition.
    values: Vec<Vec<Vec<u8>>>,
    history: &'w History,
    next: [usize; PARTITIONS],
    names: Names,
    held_back: Vec<Vec<(Table, String)>>,
}

impl<'w> Player<'w> {
    fn new(world: &'w World, history: &'w History) -> Self {
        let values = history
            .partitions
            .iter()
            .map(|events| events.iter().map(CloudEvent::to_json).collect())
            .collect();
        Self {
            world,
            values,
            history,
            next: [0; PARTITIONS],
            names: Names::default(),
            held_back: Vec::new(),
        }
    }

    async fn play(&mut self, step: &Step) {
        match step {
            Step::Load { partition, records } => {
                let touched = self.load(partition.index(PARTITIONS), *records).await;
                for (_, statement) in self.statements(&touched) {
                    self.world.execute(&statement).await;
                }
            }
            Step::LoadAndHold { partition, records } => {
                let touched = self.load(partition.index(PARTITIONS), *records).await;
                self.hold_back(&touched).await;
            }
            Step::GoBack { partition, records } => {
                let next = &mut self.next[partition.index(PARTITIONS)];
                *next = next.saturating_sub(*records);
            }
            Step::WriteHeld { which } if !self.held_back.is_empty() => {
                let held = self.held_back.swap_remove(which.index(self.held_back.len()));
                self.write_held_back(held).await;
            }
            Step::WriteHeld { .. } => {}
            Step::Merge => self.world.execute("OPTIMIZE TABLE records FINAL").await,
        }
    }

    fn statements(&self, touched: &Buckets) -> Vec<(Table, String)> {
        let of_table = |table: &Table| {
            let table = *table;
            let statements = statements(table, Rule::FIRST, touched, &DaySizes::new()).into_iter();
            statements.map(move |statement| {
                let sql = statement.insert_into(table.into());
                (table, self.world.tampering.of_statement(&sql))
            })
        };
        Table::VARIANTS.iter().flat_map(of_table).collect()
    }

    /// Loads records as a loader does, and returns the touched buckets.
    async fn load(&mut self, partition: usize, records: usize) -> Buckets {
        let from = self.next[partition];
        let to = (from + records).min(self.values[partition].len());
        self.next[partition] = to;
        let mut batch = Batch::default();
        for offset in from..to {
            let position = position(partition, offset);
            let event = &self.history.partitions[partition][offset];
            let kind = event.event.kind();
            let at = appended_at(position).get();
            let appended = Appended { position, at, simulated: is_simulated(event.source) };
            batch.push(appended, &self.values[partition][offset], kind, || None, &mut self.names);
        }
        self.world.store(&batch).await;
        touched(&batch)
    }

    /// Counts now, but holds the result back.
    async fn hold_back(&mut self, touched: &Buckets) {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let mut held = Vec::new();
        for (table, statement) in self.statements(touched) {
            let name = format!("held_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
            self.world.execute(&format!("CREATE TABLE {name} AS {table} ENGINE = Memory")).await;
            let aside = statement
                .replace(&format!("INSERT INTO {table} "), &format!("INSERT INTO {name} "));
            self.world.execute(&aside).await;
            held.push((table, name));
        }
        self.held_back.push(held);
    }

    async fn write_held_back(&self, held: Vec<(Table, String)>) {
        for (table, name) in held {
            self.world.execute(&format!("INSERT INTO {table} SELECT * FROM {name}")).await;
            self.world.execute(&format!("DROP TABLE {name}")).await;
        }
    }

    async fn load_the_rest(&mut self) {
        for partition in 0..PARTITIONS {
            while self.next[partition] < self.values[partition].len() {
                let touched = self.load(partition, 40).await;
                for (_, statement) in self.statements(&touched) {
                    self.world.execute(&statement).await;
                }
            }
        }
        // The oldest results are written last.
        while let Some(held) = self.held_back.pop() {
            self.write_held_back(held).await;
        }
    }

    async fn compare(&self) -> Result<(), String> {
        let expected = self.expected([usize::MAX; PARTITIONS]);
        let counted = expected::read(&self.world.client, &expected::live()).await;
        expected::same(&expected, &counted)?;
        let behind = self.world.sweep().await;
        if behind.iter().any(|found| !found.is_empty()) {
            return Err(format!("the sweeps find buckets that were counted: {behind:?}"));
        }
        Ok(())
    }

    /// What the reference says of the records below these offsets.
    pub(super) fn expected(&self, below: [usize; PARTITIONS]) -> Tables {
        let mut records = Vec::new();
        for (partition, events) in self.history.partitions.iter().enumerate() {
            for (offset, event) in events.iter().enumerate().take(below[partition]) {
                let position = position(partition, offset);
                records.push(Record {
                    position,
                    appended_at: appended_at(position),
                    source: event.source,
                    simulated: is_simulated(event.source),
                    event_hash: EventHash::of(&self.values[partition][offset]).short(),
                    event: event.event.clone(),
                });
            }
        }
        expected::expected(&reference::count(&records))
    }
}

fn touched(batch: &Batch) -> Buckets {
    let mut touched = Buckets::new();
    for province in batch.touched() {
        for day in province.days {
            let key = (province.province, day.served_on);
            touched.entry(key).or_insert(CellSet::EMPTY).insert_all(&day.cells);
        }
    }
    touched
}

pub(super) fn position(partition: usize, offset: usize) -> Position {
    Position {
        topic: 1,
        partition: u16::try_from(partition).expect("few partitions"),
        offset: offset as u64,
    }
}

/// When Kafka took a record: the later, the greater its offset, and in each partition at other times.
fn appended_at(Position { partition, offset, .. }: Position) -> EpochSeconds {
    let offset = u32::try_from(offset).expect("few records");
    EpochSeconds::new(1_700_000_000 + 7 * offset + 3 * u32::from(partition))
}

/// One of the sources simulates.
fn is_simulated(source: SourceId) -> bool {
    source.as_str() == "hall-2"
}

impl World {
    /// Stores the rows of a batch, and announces no touches.
    async fn store(&self, batch: &Batch) {
        for rows in batch.inserts() {
            let mut insert = self.client.insert_native("records");
            for block in rows.blocks() {
                insert.write(&block).await.expect("rows are sent");
            }
            insert.end().await.expect("rows are stored");
        }
    }

    /// Stores events of one partition, the first at this offset, and returns the touched buckets.
    pub(super) async fn store_events(&self, first: usize, events: &[CloudEvent<'_>]) -> Buckets {
        let mut batch = Batch::default();
        for (event, offset) in events.iter().zip(first..) {
            let position = position(0, offset);
            let at = appended_at(position).get();
            let appended = Appended { position, at, simulated: is_simulated(event.source) };
            let kind = event.event.kind();
            batch.push(appended, &event.to_json(), kind, || None, &mut Names::default());
        }
        self.store(&batch).await;
        touched(&batch)
    }

    /// Stores one more record whose touch is lost, and returns what the sweeps of all tables find.
    pub fn sweep_after_a_lost_touch(&self, event: &CloudEvent) -> Vec<Vec<String>> {
        self.runtime.block_on(async {
            self.store_events(100_000, std::slice::from_ref(event)).await;
            self.sweep().await
        })
    }

    /// Counts an event, takes out of every row what a version before did not count, and returns what the
    /// sweeps find. A recount of that must leave nothing to be found.
    pub fn sweep_after_a_count_of_the_version_before(
        &self,
        event: &CloudEvent,
    ) -> Vec<Vec<String>> {
        self.runtime.block_on(async {
            let touched = self.store_events(0, std::slice::from_ref(event)).await;
            let mut all = Vec::new();
            for table in Table::VARIANTS {
                let count = async |buckets| {
                    let counted = recount(&self.client, *table, &Rule::KNOWN, buckets);
                    counted.await.expect("it is counted");
                };
                count(&touched).await;
                let sets = match table {
                    Table::CaseCounts => ", map() AS cases_by_channels",
                    Table::Counts | Table::ItemCounts | Table::ClassCounts => "",
                };
                for statement in [
                    format!("CREATE TABLE {table}_before AS {table}"),
                    format!(
                        "INSERT INTO {table}_before SELECT * REPLACE(0 AS simulated, toDateTime(0) AS records_through{sets}) FROM {table}"
                    ),
                    format!("EXCHANGE TABLES {table} AND {table}_before"),
                ] {
                    self.execute(&statement).await;
                }
                let sweep = async || {
                    let found = sweep(&self.client, *table, Rule::FIRST, None).await;
                    found.expect("a sweep")
                };
                let found = sweep().await;
                count(&found).await;
                assert!(sweep().await.is_empty(), "the recount knows all of {table}");
                all.push(found.iter().map(name).collect());
            }
            all
        })
    }

    /// The buckets that the sweeps of all tables find.
    async fn sweep(&self) -> Vec<Vec<String>> {
        let mut found = Vec::new();
        for table in Table::VARIANTS {
            let buckets = sweep(&self.client, *table, Rule::FIRST, None).await.expect("a sweep");
            found.push(buckets.iter().map(name).collect());
        }
        found
    }
}

fn name(((province, day), cells): (&(Province, ServedOn), &CellSet)) -> String {
    let cells: Vec<_> = cells.iter().map(Cell::number).collect();
    format!("{province} {day} {cells:?}")
}
