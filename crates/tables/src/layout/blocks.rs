//! Rows as they are sent: columns of ClickHouse's native format.
//!
//! Columns are cheaper than rows for both sides: no value carries a type, and nothing is transposed.
//! Rows are gathered briefly and then packed into blocks, so that waiting rows take little memory.

use std::fmt;
use std::sync::Arc;

use clickhouse::native::Block;
use clickhouse::native::builder::BlockBuilder;
use clickhouse::native::encode::Encode;

use super::record::RecordRow;

/// The rows of a block: together they fit into the cache of a core.
const BLOCK_ROWS: usize = 4096;

/// Rows of one insert.
#[derive(Clone, Default)]
pub struct Rows {
    blocks: Vec<Arc<Block>>,
    gathered: Vec<RecordRow>,
}

impl Rows {
    /// Adds a row.
    pub fn push(&mut self, row: RecordRow) {
        self.gathered.push(row);
        if self.gathered.len() == BLOCK_ROWS {
            self.blocks.push(Arc::new(block(&self.gathered)));
            self.gathered.clear();
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.blocks.iter().map(|block| block.num_rows()).sum::<usize>() + self.gathered.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All of them, in blocks.
    pub fn blocks(&self) -> impl Iterator<Item = Arc<Block>> {
        let rest = (!self.gathered.is_empty()).then(|| Arc::new(block(&self.gathered)));
        self.blocks.iter().cloned().chain(rest)
    }
}

impl fmt::Debug for Rows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rows").field("len", &self.len()).finish_non_exhaustive()
    }
}

impl FromIterator<RecordRow> for Rows {
    fn from_iter<I: IntoIterator<Item = RecordRow>>(rows: I) -> Self {
        let mut gathered = Self::default();
        rows.into_iter().for_each(|row| gathered.push(row));
        gathered
    }
}

/// Rows as a block, column by column in the order of the table.
fn block(rows: &[RecordRow]) -> Block {
    let mut block = BlockBuilder::new();
    column(&mut block, "province", rows.iter().map(|row| row.province));
    column(&mut block, "served_on", rows.iter().map(|row| row.served_on));
    column(&mut block, "cell", rows.iter().map(|row| row.cell));
    column(&mut block, "case", rows.iter().map(|row| row.case));
    column(&mut block, "service_no", rows.iter().map(|row| row.service_no));
    column(&mut block, "kind", rows.iter().map(|row| row.kind));
    column(&mut block, "review", rows.iter().map(|row| row.review));
    column(&mut block, "topic", rows.iter().map(|row| row.topic));
    column(&mut block, "partition", rows.iter().map(|row| row.partition));
    column(&mut block, "offset", rows.iter().map(|row| row.offset));
    column(&mut block, "revision", rows.iter().map(|row| row.revision));
    column(&mut block, "event", rows.iter().map(|row| row.event));
    column(&mut block, "source", rows.iter().map(|row| text(row.source.as_ref())));
    column(&mut block, "appended_at", rows.iter().map(|row| row.appended_at));
    column(&mut block, "subject", rows.iter().map(|row| row.subject));
    column(&mut block, "area", rows.iter().map(|row| row.area));
    column(&mut block, "item", rows.iter().map(|row| text(row.item.as_ref())));
    column(&mut block, "hall", rows.iter().map(|row| text(row.hall.as_ref())));
    column(&mut block, "window", rows.iter().map(|row| text(row.window.as_ref())));
    column(&mut block, "channel", rows.iter().map(|row| row.channel));
    column(&mut block, "level", rows.iter().map(|row| row.level));
    column(&mut block, "is_default", rows.iter().map(|row| row.is_default));
    column(&mut block, "follow_up", rows.iter().map(|row| row.follow_up));
    column(&mut block, "rated_at", rows.iter().map(|row| row.rated_at));
    column(&mut block, "tags", rows.iter().map(|row| row.tags.as_slice()));
    column(&mut block, "text", rows.iter().map(|row| &*row.text));
    column(&mut block, "review_id", rows.iter().map(|row| row.review_id));
    column(&mut block, "action", rows.iter().map(|row| row.action));
    column(&mut block, "reason", rows.iter().map(|row| row.reason));
    column(&mut block, "simulated", rows.iter().map(|row| row.simulated));
    block.build().expect("every column has a value of each row")
}

fn column<T: Encode>(block: &mut BlockBuilder, name: &str, values: impl Iterator<Item = T>) {
    let mut column = block.upsert_column::<T>(name).expect("each column is there once");
    column.add_all(values).expect("a value is of its column's type");
}

fn text<T: AsRef<str>>(text: Option<&T>) -> &str {
    text.map_or("", AsRef::as_ref)
}
