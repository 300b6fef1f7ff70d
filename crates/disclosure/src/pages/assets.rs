//! The assets of pages: a style sheet and an icon.

use std::sync::LazyLock;

/// The parts of the style sheet, of which later ones may overrule earlier ones.
const STYLE: &str = concat!(
    include_str!("style/base.css"),
    include_str!("style/charts.css"),
    include_str!("style/tables.css"),
    include_str!("style/ledger.css"),
    include_str!("style/media.css"),
);
const ICON: &str = include_str!("icon.svg");

/// Names of assets hold the hash of their bytes, so that browsers can keep them permanently.
pub(super) static STYLE_NAME: LazyLock<String> = LazyLock::new(|| hashed("style", STYLE, "css"));
pub(super) static ICON_NAME: LazyLock<String> = LazyLock::new(|| hashed("icon", ICON, "svg"));

fn hashed(stem: &str, content: &str, extension: &str) -> String {
    let hash = blake3::hash(content.as_bytes()).to_hex();
    format!("{stem}.{}.{extension}", &hash[..16])
}

/// The type and the content of the asset that is called so.
pub(crate) fn named(name: &str) -> Option<(&'static str, &'static str)> {
    if name == *STYLE_NAME {
        Some(("text/css; charset=utf-8", STYLE))
    } else if name == *ICON_NAME {
        Some(("image/svg+xml", ICON))
    } else {
        None
    }
}
