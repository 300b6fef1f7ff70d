//! Damages good JSON in the ways in which strangers do.

use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::Value;

/// A name and a telephone number that strangers write into values, and that no error may repeat.
pub const SECRETS: [&str; 2] = ["张三", "zhang-san-13800138000"];

/// Values that are nearly right, right in another format, or absurd, as JSON.
const WRONG: [&str; 68] = [
    "null",
    "true",
    "false",
    "0",
    "-0",
    "-1",
    "1.0",
    "1e0",
    "0.5",
    "99",
    "100",
    "255",
    "256",
    "65535",
    "65536",
    "4294967296",
    "18446744073709551616",
    "1e400",
    "-1e400",
    "1e-400",
    "\"\"",
    "\" \"",
    "\"张三\"",
    "\"zhang-san-13800138000\"",
    "\"\\u5f20\\u4e09\"",
    "\"\\u0000\"",
    "\"\\ud800\"",
    "\"\\udc00\\ud800\"",
    "\"\\ud83d\\ude00\"",
    "\"\\/\\b\\f\"",
    "[]",
    "[[]]",
    "[null]",
    "{}",
    "{\"张三\": 1}",
    "{\"\": {}}",
    "[\"110\", \"110\"]",
    "\"2023-07-05\"",
    "\"2023-07-05T10:11:12Z\"",
    "\"2023-07-05 10:11:12Z\"",
    "\"2023-07-05t10:11:12z\"",
    "\"2023-07-05T10:11:12+08:00[Asia/Shanghai]\"",
    "\"20230705T101112Z\"",
    "\"2023-07-05T10:11Z\"",
    "\"2023-07-05T10Z\"",
    "\"2023-07-05T24:00:00Z\"",
    "\"2023-06-30T23:59:60Z\"",
    "\"+002023-07-05T10:11:12Z\"",
    "\"2023-07-05T10:11:12,5Z\"",
    "\"2023-07-05T10:11:12+0800\"",
    "\"2023-07-05T10:11:12-00:00\"",
    "\"2023-07-05T10:11:12+25:59\"",
    "\"2023-07-05T10:11:12.1234567890Z\"",
    "\"2023-W27-3\"",
    "\"9999-12-31T23:59:59Z\"",
    "\"０１\"",
    "\"+1\"",
    "\"EE3A6F02-6946-7243-8DE8-81C2BD576EBE\"",
    "\"urn:uuid:ee3a6f02-6946-7243-8de8-81c2bd576ebe\"",
    "2147483648",
    "-2147483648.0",
    "\"0001-01-01T00:00:00Z\"",
    "\"1900-02-29T00:00:00Z\"",
    "\"2017-01-01T07:59:60+08:00\"",
    "\"application/json; charset=utf8\"",
    "\"Application/JSON;a=\\\"b c\\\";charset=\\\"UTF-8\\\";\"",
    "\"application/json; charset=gbk; charset=utf-8\"",
    "\"application/json; charset=utf-8; charset=utf-8\"",
];

/// Keys that a stranger may write.
const KEYS: [&str; 14] = [
    "time",
    "traceparent",
    "tracestate",
    "datacontenttype",
    "revision",
    "text",
    "张三",
    "a/b~c",
    "specversion",
    "data",
    "subject",
    "dataschema",
    "knativearrivaltime",
    "userPhone",
];

/// One way to damage JSON.
#[derive(Clone, Debug)]
pub enum Spoil {
    /// A value is replaced.
    Replace { which: Index, json: String },
    /// A string value is edited.
    Edit { which: Index, at: Index, with: String },
    /// A member is removed.
    Remove { which: Index },
    /// A member is renamed.
    Rename { which: Index, key: String },
    /// A member is added.
    Add { which: Index, key: String, json: String },
    /// A member appears twice.
    Repeat { which: Index },
    /// Bytes are replaced.
    Bytes { at: Index, remove: usize, insert: Vec<u8> },
    /// The text ends early.
    Cut { at: Index },
}

fn unexpected() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => select(&WRONG[..]).prop_map(str::to_owned),
        1 => (1..300_usize).prop_map(|depth| "[".repeat(depth) + &"]".repeat(depth)),
        1 => (1..150_usize).prop_map(|depth| "{\"a\":".repeat(depth) + "1" + &"}".repeat(depth)),
        1 => (1..2_000_usize).prop_map(|length| format!("\"{}\"", "长".repeat(length))),
        1 => "[0-9]{1,40}(\\.[0-9]{1,40})?(e[0-9]{1,4})?",
        2 => any::<String>().prop_map(|text| Value::String(text).to_string()),
    ]
}

fn keys() -> impl Strategy<Value = String> {
    prop_oneof![4 => select(&KEYS[..]).prop_map(str::to_owned), 1 => any::<String>()]
}

/// Changes of single values and members.
fn changes() -> impl Strategy<Value = Spoil> {
    let which = any::<Index>;
    prop_oneof![
        8 => (which(), unexpected()).prop_map(|(which, json)| Spoil::Replace { which, json }),
        6 => (which(), which(), "[0-9A-Za-z+:. _-]{0,2}|\\PC")
            .prop_map(|(which, at, with)| Spoil::Edit { which, at, with }),
        2 => which().prop_map(|which| Spoil::Remove { which }),
        2 => (which(), keys()).prop_map(|(which, key)| Spoil::Rename { which, key }),
        3 => (which(), keys(), unexpected())
            .prop_map(|(which, key, json)| Spoil::Add { which, key, json }),
    ]
}

fn spoils() -> impl Strategy<Value = Spoil> {
    let which = any::<Index>;
    prop_oneof![
        21 => changes(),
        2 => which().prop_map(|which| Spoil::Repeat { which }),
        3 => (which(), 0..4_usize, prop::collection::vec(any::<u8>(), 0..4))
            .prop_map(|(at, remove, insert)| Spoil::Bytes { at, remove, insert }),
        1 => which().prop_map(|at| Spoil::Cut { at }),
    ]
}

/// One of these texts, damaged a few times or not at all, or meaningless bytes.
pub fn spoilt(good: Vec<Vec<u8>>) -> impl Strategy<Value = Vec<u8>> {
    let of_good = (select(good), prop::collection::vec(spoils(), 0..4))
        .prop_map(|(json, spoils)| spoils.iter().fold(json, |json, spoil| spoil.apply(json)));
    prop_oneof![
        20 => of_good,
        1 => prop::collection::vec(any::<u8>(), 0..300),
        1 => any::<String>().prop_map(String::into_bytes),
    ]
}

/// These texts with values changed, so that every member of an object still has a name of its own.
pub fn changed(
    good: impl Strategy<Value = Vec<u8>>,
    times: std::ops::Range<usize>,
) -> impl Strategy<Value = Vec<u8>> {
    (good, prop::collection::vec(changes(), times))
        .prop_map(|(json, spoils)| spoils.iter().fold(json, |json, spoil| spoil.apply(json)))
}

/// Marks JSON in the tree that the tree cannot represent.
const RAW: &str = "\u{1}raw\u{1}";

impl Spoil {
    fn apply(&self, mut json: Vec<u8>) -> Vec<u8> {
        match self {
            Self::Bytes { at, remove, insert } => {
                let at = at.index(json.len() + 1);
                let end = (at + remove).min(json.len());
                json.splice(at..end, insert.iter().copied());
                json
            }
            Self::Cut { at } => {
                json.truncate(at.index(json.len() + 1));
                json
            }
            _ => match serde_json::from_slice(&json) {
                Ok(value) => self.apply_to(value).into_bytes(),
                Err(_) => json,
            },
        }
    }

    fn apply_to(&self, mut root: Value) -> String {
        let mut pointers = Vec::new();
        collect(&root, String::new(), &mut pointers);
        let pick = |which: &Index| pointers[which.index(pointers.len())].clone();
        let mut raw = String::new();
        match self {
            Self::Replace { which, json } => {
                raw.clone_from(json);
                *root.pointer_mut(&pick(which)).expect("it was collected") = RAW.into();
            }
            Self::Edit { which, at, with } => {
                if let Some(Value::String(text)) = root.pointer_mut(&pick(which)) {
                    let mut chars: Vec<_> = text.chars().collect();
                    let at = at.index(chars.len() + 1);
                    let end = (at + 1).min(chars.len());
                    chars.splice(at..end, with.chars());
                    *text = chars.into_iter().collect();
                }
            }
            Self::Remove { which } => {
                change_member(&mut root, &pick(which), |members, key| drop(members.remove(key)));
            }
            Self::Rename { which, key: other } => {
                change_member(&mut root, &pick(which), |members, key| {
                    let value = members.remove(key).expect("it was collected");
                    members.insert(other.clone(), value);
                });
            }
            Self::Add { which, key: other, json } => {
                raw.clone_from(json);
                change_member(&mut root, &pick(which), |members, _| {
                    members.insert(other.clone(), RAW.into());
                });
            }
            Self::Repeat { which } => change_member(&mut root, &pick(which), |members, key| {
                let value = members.insert(key.to_owned(), RAW.into()).expect("it was collected");
                raw = format!("{value},{}:{value}", Value::from(key));
            }),
            Self::Bytes { .. } | Self::Cut { .. } => {}
        }
        root.to_string().replacen(&Value::from(RAW).to_string(), &raw, 1)
    }
}

/// Collects the JSON Pointers of all values.
fn collect(value: &Value, at: String, pointers: &mut Vec<String>) {
    match value {
        Value::Object(members) => members.iter().for_each(|(key, value)| {
            let token = key.replace('~', "~0").replace('/', "~1");
            collect(value, format!("{at}/{token}"), pointers);
        }),
        Value::Array(values) => values.iter().enumerate().for_each(|(index, value)| {
            collect(value, format!("{at}/{index}"), pointers);
        }),
        _ => {}
    }
    pointers.push(at);
}

/// Changes the object that contains a value, if there is one.
fn change_member(
    root: &mut Value,
    pointer: &str,
    change: impl FnOnce(&mut serde_json::Map<String, Value>, &str),
) {
    let Some((parent, token)) = pointer.rsplit_once('/') else { return };
    let key = token.replace("~1", "/").replace("~0", "~");
    if let Some(Value::Object(members)) = root.pointer_mut(parent) {
        change(members, &key);
    }
}
