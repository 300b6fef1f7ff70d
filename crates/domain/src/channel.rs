//! The channels through which services are given and rated.

use strum::{Display, EnumString, FromRepr, IntoStaticStr, VariantArray};

use crate::code::ParseError;

/// A channel (渠道). Publishers differ about the group a channel belongs to, so figures of groups are
/// published by [`Grouping`](crate::Grouping).
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Display,
    EnumString,
    IntoStaticStr,
    FromRepr,
    VariantArray,
)]
#[strum(serialize_all = "snake_case", parse_err_ty = ParseError, parse_err_fn = not_a_channel)]
#[repr(u8)]
pub enum Channel {
    /// The government portal in a browser.
    PcPortal = 1,
    /// The province's app for people.
    GovernmentApp = 2,
    /// The province's app for companies.
    BusinessApp = 3,
    /// A mini program inside another app (小程序).
    MiniProgram = 4,
    /// An invitation by text message.
    Sms = 5,
    /// The 12345 telephone hotline.
    #[strum(serialize = "hotline_12345")]
    Hotline12345 = 6,
    /// The device or tablet at a hall's counter (窗口评价器).
    Hall = 7,
    /// A self-service machine (一体机).
    SelfServiceMachine = 8,
    /// A QR code printed on paper.
    PrintedCode = 9,
    /// A paper form, typed in later.
    Paper = 10,
}

/// Whether people use a channel from anywhere (online) or on the spot (offline).
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Display,
    EnumString,
    IntoStaticStr,
    FromRepr,
    VariantArray,
)]
#[strum(serialize_all = "snake_case", parse_err_ty = ParseError, parse_err_fn = not_a_group)]
#[repr(u8)]
pub enum ChannelGroup {
    /// 线上.
    Online = 1,
    /// 线下.
    Offline = 2,
}

impl Channel {
    /// This project's own number, for the keys of counts. A number is never reused.
    pub fn code(self) -> u8 {
        self as u8
    }

    /// The channel of a [`Channel::code`].
    pub fn from_code(code: u8) -> Option<Self> {
        Self::from_repr(code)
    }

    /// Whether people use it from anywhere or on the spot: its group wherever a jurisdiction has not said
    /// otherwise. Figures are added up by [`Grouping::of`](crate::Grouping::of) alone.
    pub fn group(self) -> ChannelGroup {
        match self {
            Self::PcPortal
            | Self::GovernmentApp
            | Self::BusinessApp
            | Self::MiniProgram
            | Self::Sms
            | Self::Hotline12345 => ChannelGroup::Online,
            Self::Hall | Self::SelfServiceMachine | Self::PrintedCode | Self::Paper => {
                ChannelGroup::Offline
            }
        }
    }

    /// The names that pages show, in Chinese and English.
    pub fn name(self) -> (&'static str, &'static str) {
        match self {
            Self::PcPortal => ("政务服务网", "Government website"),
            Self::GovernmentApp => ("政务服务App", "Government app"),
            Self::BusinessApp => ("企业服务App", "Business app"),
            Self::MiniProgram => ("小程序", "Mini program"),
            Self::Sms => ("短信", "Text message"),
            Self::Hotline12345 => ("12345热线", "12345 hotline"),
            Self::Hall => ("实体大厅窗口", "Service hall counter"),
            Self::SelfServiceMachine => ("自助终端", "Self-service machine"),
            Self::PrintedCode => ("二维码", "QR code"),
            Self::Paper => ("纸质评价表", "Paper form"),
        }
    }
}

impl ChannelGroup {
    /// This project's own number, for the keys of counts. Never reused.
    pub fn code(self) -> u8 {
        self as u8
    }

    /// The group of a [`ChannelGroup::code`].
    pub fn from_code(code: u8) -> Option<Self> {
        Self::from_repr(code)
    }

    /// The names that pages show, in Chinese and English.
    pub fn name(self) -> (&'static str, &'static str) {
        match self {
            Self::Online => ("线上", "Online"),
            Self::Offline => ("线下", "Offline"),
        }
    }

    /// The channels of this group, in the order of their codes.
    pub fn channels(self) -> impl Iterator<Item = Channel> {
        Channel::VARIANTS.iter().copied().filter(move |channel| channel.group() == self)
    }
}

fn not_a_channel(_: &str) -> ParseError {
    ParseError::new("the name of a channel, such as hall or pc_portal")
}

fn not_a_group(_: &str) -> ParseError {
    ParseError::new("online or offline")
}
