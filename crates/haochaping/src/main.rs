//! The binary.

fn main() {
    embedded::become_clickhouse_if_asked();
}
