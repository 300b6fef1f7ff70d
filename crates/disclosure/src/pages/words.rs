//! Texts that more than one page shows, in Chinese and English.

use ::figures::Status;
pub(crate) use ::figures::Words;

pub(crate) const SITE: Words = ("政务服务“好差评”", "Ratings of government services");
pub(crate) const HOME: Words = ("首页", "Home");
pub(crate) const SKIP: Words = ("跳到正文", "Skip to content");
pub(crate) const WHERE_YOU_ARE: Words = ("当前位置", "Breadcrumb");
/// The link to the page in the other language is written in the other language.
pub(crate) const SWITCH: Words = ("English", "中文");
pub(crate) const UNREVIEWED: Words = ("未评服务", "Not reviewed");
pub(crate) const ACTIVE: Words = ("主动评价", "Active");
pub(crate) const DEFAULT: Words = ("默认评价", "Default");
pub(crate) const TOTAL: Words = ("合计", "Total");
pub(crate) const CHANNEL: Words = ("渠道", "Channel");
pub(crate) const LEVEL: Words = ("评价等级", "Level");
pub(crate) const SHARE: Words = ("占比", "Share");
pub(crate) const AREA: Words = ("地区", "Area");
pub(crate) const DEPARTMENT: Words = ("部门", "Department");
pub(crate) const ITEM: Words = ("事项", "Item");
pub(crate) const MONTH: Words = ("月份", "Month");

pub(crate) const UNKNOWN: Words = ("无数据", "not known");
pub(crate) const BY_AREA: Words = ("各地区", "By area");
pub(crate) const BY_DEPARTMENT: Words = ("各部门", "By department");
pub(crate) const BY_ITEM: Words = ("各事项", "By item");
pub(crate) const ROWS_LAG: Words = (
    "分项数据的统计稍晚于全月合计，各分项之和可能暂时与合计不一致。",
    "These figures are counted a little later than those of the whole month, so their sums may differ for a while.",
);
pub(crate) const LEDGER: Words =
    ("数据台账：每条记录的去向", "Ledger: what became of every record");
pub(crate) const LEDGER_SHORT: Words = ("数据台账", "Ledger");
pub(crate) const RECORDS: Words = ("记录", "Records");
pub(crate) const SOURCE: Words = ("来源", "Source");
pub(crate) const DATA: Words = ("数据下载", "Data");

/// What a status is called, and what it means.
pub(crate) fn status(status: Status) -> (Words, Words) {
    match status {
        Status::Provisional => (
            ("初步数据", "Provisional"),
            (
                "本月数据尚未核定，会随新收到的办件和评价继续变化。",
                "The figures of this month are not final. They change as records of services and reviews come in.",
            ),
        ),
        Status::Simulated => (
            ("模拟数据", "Simulated"),
            (
                "本月含有模拟产生的记录，仅供演示，不反映任何地区、部门的真实情况。",
                "The records of this month were made up, wholly or in part, for demonstration. They say nothing about any real place or department.",
            ),
        ),
    }
}
