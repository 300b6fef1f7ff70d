//! Texts that more than one page shows, in Chinese and English.

use ::figures::Status;
pub(crate) use ::figures::Words;

pub(crate) const SITE: Words = ("政务服务“好差评”", "Ratings of government services");
pub(crate) const HOME: Words = ("首页", "Home");
pub(crate) const SKIP: Words = ("跳到正文", "Skip to content");
pub(crate) const WHERE_YOU_ARE: Words = ("当前位置", "Breadcrumb");
/// The link to the page in the other language is written in the other language.
pub(crate) const SWITCH: Words = ("English", "中文");
pub(crate) const ACTIVE: Words = ("主动评价", "Active reviews");
pub(crate) const DEFAULT: Words = ("默认评价", "Default reviews");
pub(crate) const REVIEW_SET_ASIDE: Words = ("评价不予计入", "Review set aside");
pub(crate) const UNREVIEWED: Words = ("没有评价", "No review");
pub(crate) const TOTAL: Words = ("合计", "Total");
pub(crate) const CHANNEL: Words = ("渠道", "Channel");
pub(crate) const LEVEL: Words = ("评价等级", "Level");
pub(crate) const SHARE: Words = ("占比", "Share");
pub(crate) const AREA: Words = ("地区", "Area");
pub(crate) const DEPARTMENT: Words = ("部门", "Department");
pub(crate) const ITEM: Words = ("事项", "Service type");
pub(crate) const MONTH: Words = ("月份", "Month");
pub(crate) const PROVINCE: Words = ("省级单位", "Province");
/// Stands before the moment up to which something was counted.
pub(crate) const LATEST_RECORD: Words = ("最近一条已统计的记录收到于 ", "Latest record counted: ");
pub(crate) const STATUS: Words = ("状态", "Status");

pub(crate) const UNKNOWN: Words = ("无数据", "no data");
pub(crate) const BY_AREA: Words = ("各地区", "By area");
pub(crate) const BY_DEPARTMENT: Words = ("各部门", "By department");
pub(crate) const BY_ITEM: Words = ("各事项", "By service type");
pub(crate) const LEDGER: Words =
    ("数据台账：每条记录的去向", "Ledger: what became of every record");
pub(crate) const LEDGER_SHORT: Words = ("数据台账", "Ledger");
pub(crate) const RECORDS: Words = ("记录", "Records");
pub(crate) const SOURCE: Words = ("来源", "Source");
pub(crate) const DATA: Words = ("数据下载", "Data");
pub(crate) const DEFINITIONS: Words = ("口径说明", "Definitions");

/// What stands on everything that shows simulated figures, on paper too.
pub(crate) const SIMULATED: Words = ("模拟数据", "Simulated data");

/// Why shares may not add up.
pub(crate) const ROUNDED: Words = (
    "比率经四舍五入，各项之和可能与合计略有出入。",
    "Rates are rounded, so they may not add up exactly.",
);

/// Why two rates that differ may not differ.
pub(crate) const CHANCE: Words = (
    "各地、各渠道之间的差异可能只是偶然：95%置信区间包含总体水平的，不能说明高于或低于总体。少于1,000条评价、且好评或差评少于20条的，不计算比率，只列出条数。",
    "Differences between places or channels may be mere chance: one whose 95% interval includes the overall rate cannot be said to be better or worse. Where there are fewer than 1,000 reviews, and fewer than 20 good or fewer than 20 bad ones, the counts are shown instead of a rate.",
);

/// What a status is called, and what it means.
pub(crate) fn status(status: Status) -> (Words, Words) {
    match status {
        Status::Provisional => (
            ("初步数据", "Provisional"),
            (
                "本月数据尚未核定，会随新收到的服务记录和评价继续变化。",
                "The figures of this month are not final. They change as records of services and reviews come in.",
            ),
        ),
        Status::Simulated => (
            SIMULATED,
            (
                "本页数据全部或部分由演示程序生成，不反映任何地区、部门的真实情况，请勿引用。数据也尚未核定，会继续变化。",
                "Records on this page were generated for demonstration, wholly or in part. They say nothing about any real place or department. Do not quote them. The figures are provisional too: they still change.",
            ),
        ),
    }
}
