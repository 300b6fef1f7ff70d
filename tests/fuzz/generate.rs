//! Makes values from a JSON Schema: most of them valid, and some just beside what is valid.
//!
//! It knows the keywords that the schemas of events use. What it does not look at (`if`, `not`,
//! `anyOf`, `uniqueItems`) only makes more of its values invalid.

use proptest::prelude::*;
use proptest::sample::select;
use proptest::string::string_regex;
use serde_json::{Map, Value, json};

/// The schemas by the names of their files.
pub struct Sources(pub Vec<(String, Value)>);

/// Texts that a stranger may put where any text may stand.
const WORDS: [&str; 16] = [
    "",
    " ",
    "好",
    "慢！",
    "=1+1",
    "\u{200b}",
    "\u{3164}",
    "\u{2800}",
    "\u{fe0f}",
    "a\u{202e}b",
    "\u{2066}",
    "\u{2028}",
    "\t",
    "\n",
    "\0",
    "ئۇيغۇر",
];

impl Sources {
    /// Values of a whole file.
    pub fn values_of(&self, file: &str) -> BoxedStrategy<Value> {
        self.values(file, self.file(file))
    }

    fn file(&self, name: &str) -> &Value {
        let found = self.0.iter().find(|(file, _)| file == name);
        &found.unwrap_or_else(|| panic!("there is no {name}")).1
    }

    /// What a reference in a file leads to, and the file in which that stands.
    fn resolve<'s>(&'s self, file: &'s str, reference: &'s str) -> (&'s str, &'s Value) {
        let (other, pointer) = reference.split_once('#').unwrap_or((reference, ""));
        let file = if other.is_empty() { file } else { other };
        let schema = self.file(file).pointer(pointer);
        (file, schema.unwrap_or_else(|| panic!("{file} has no {pointer}")))
    }

    fn values(&self, file: &str, schema: &Value) -> BoxedStrategy<Value> {
        if let Some(value) = schema.get("const") {
            return Just(value.clone()).boxed();
        }
        if let Some(values) = schema.get("enum").and_then(Value::as_array) {
            return select(values.clone()).boxed();
        }
        if let Some(schemas) = schema.get("oneOf").and_then(Value::as_array) {
            let one = schemas.iter().map(|schema| self.values(file, schema));
            return prop::strategy::Union::new(one).boxed();
        }
        let types = match schema.get("type") {
            Some(Value::Array(types)) => types.iter().filter_map(Value::as_str).collect(),
            Some(Value::String(one)) => vec![one.as_str()],
            _ => vec![],
        };
        if types.is_empty() {
            let reference = schema["$ref"].as_str().expect("a schema has a type or a reference");
            let (file, schema) = self.resolve(file, reference);
            return self.values(file, schema);
        }
        let of_type = |name: &&str| match *name {
            "string" => strings(schema),
            "integer" => integers(schema),
            "boolean" => any::<bool>().prop_map(Value::from).boxed(),
            "null" => Just(Value::Null).boxed(),
            "array" => self.arrays(file, schema),
            "object" => self.objects(file, schema),
            other => panic!("values of the type {other} are not made"),
        };
        prop::strategy::Union::new(types.iter().map(of_type)).boxed()
    }

    fn arrays(&self, file: &str, schema: &Value) -> BoxedStrategy<Value> {
        let most = size(schema, "maxItems", 3);
        let items = self.values(file, &schema["items"]);
        prop_oneof![
            8 => prop::collection::vec(items.clone(), 0..3),
            1 => prop::collection::vec(items, 0..=most + 1),
        ]
        .prop_map(Value::from)
        .boxed()
    }

    fn objects(&self, file: &str, schema: &Value) -> BoxedStrategy<Value> {
        let (mut members, mut required) = (Vec::new(), Vec::new());
        self.members(file, schema, &mut members, &mut required);
        // One strategy for all members would be a tuple of unknown length.
        let mut objects = Just(Map::new()).boxed();
        for (name, values) in members {
            let is_there = if required.contains(&name) { 0.995 } else { 0.3 };
            objects = (objects, prop::option::weighted(is_there, values))
                .prop_map(move |(mut object, value)| {
                    object.extend(value.map(|value| (name.clone(), value)));
                    object
                })
                .boxed();
        }
        objects.prop_map(Value::from).boxed()
    }

    /// The members of an object, with those of the schemas that it is made of.
    fn members(
        &self,
        file: &str,
        schema: &Value,
        members: &mut Vec<(String, BoxedStrategy<Value>)>,
        required: &mut Vec<String>,
    ) {
        let parts = schema["allOf"].as_array().into_iter().flatten();
        for reference in parts.filter_map(|part| part["$ref"].as_str()) {
            let (file, schema) = self.resolve(file, reference);
            self.members(file, schema, members, required);
        }
        let properties = schema["properties"].as_object().into_iter().flatten();
        for (name, schema) in properties {
            members.push((name.clone(), self.values(file, schema)));
        }
        let names = schema["required"].as_array().into_iter().flatten();
        required.extend(names.filter_map(Value::as_str).map(str::to_owned));
    }
}

fn size(schema: &Value, keyword: &str, otherwise: usize) -> usize {
    schema[keyword].as_u64().map_or(otherwise, |size| usize::try_from(size).expect("a size"))
}

fn strings(schema: &Value) -> BoxedStrategy<Value> {
    let pattern = schema["pattern"].as_str();
    let examples = schema["examples"].as_array().cloned().unwrap_or_default();
    let of_pattern = pattern.map(|pattern| {
        let without_ends = pattern.trim_start_matches('^').trim_end_matches('$');
        string_regex(without_ends).expect("a pattern").prop_map(Value::from).boxed()
    });
    let longest = size(schema, "maxLength", 20);
    let texts = prop_oneof![
        3 => select(&WORDS[..]).prop_map(str::to_owned),
        3 => prop::collection::vec(select(&WORDS[..]), 0..4).prop_map(|words| words.concat()),
        1 => any::<String>(),
        1 => (longest.saturating_sub(2)..=longest + 2).prop_map(|length| "长".repeat(length)),
    ];
    let texts = texts.prop_map(Value::from).boxed();
    let of_no_pattern = if of_pattern.is_some() { 1 } else { 10 };
    let mut kinds = vec![(of_no_pattern, texts)];
    kinds.extend(of_pattern.map(|strings| (8, strings)));
    if !examples.is_empty() {
        kinds.push((24, select(examples).boxed()));
    }
    prop::strategy::Union::new_weighted(kinds).boxed()
}

fn integers(schema: &Value) -> BoxedStrategy<Value> {
    let bound = |keyword: &str| schema[keyword].as_i64().expect("an integer has bounds");
    let (least, most) = (bound("minimum"), bound("maximum"));
    let ends = [least - 1, least, most, most + 1];
    #[expect(clippy::cast_precision_loss, reason = "bounds of at most 32 bits")]
    let as_float = |number: i64| json!(number as f64);
    prop_oneof![
        6 => (least..=most).prop_map(Value::from),
        2 => select(ends.to_vec()).prop_map(Value::from),
        2 => (least..=most).prop_map(as_float),
        1 => select(ends.to_vec()).prop_map(as_float),
        1 => (least..=most).prop_map(move |number| json!(as_float(number).as_f64().expect("a float") + 0.5)),
    ]
    .boxed()
}
