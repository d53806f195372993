//! The faces papers are set in, out of `assets/fonts`, and which of them draws a character.
//!
//! Latin comes from Inter, Chinese and kana from Noto Sans CJK. The files named `hk` hold only the characters that Hong Kong
//! writes in another form, and go first in traditional papers. Each file is read when a paper first needs it.

use std::sync::LazyLock;

use krilla::text::Font;
use purser_books::document::Language;
use rustybuzz::ttf_parser::GlyphId;

use crate::error::{Code, Error, Result};

/// How a text stands on the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Regular,
    Bold,
    /// Every character equally wide: commands and keys.
    Mono,
}

/// One file of `assets/fonts`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum FaceId {
    Latin,
    LatinBold,
    Mono,
    Chinese,
    HongKong,
    ChineseBold,
    HongKongBold,
}

pub(super) struct Face {
    /// For the file: subset and embedded there.
    pub font: Font,
    /// For measuring: the same bytes.
    pub shaper: rustybuzz::Face<'static>,
    units_per_em: f32,
}

impl Face {
    fn read(bytes: &'static [u8]) -> Option<Face> {
        let shaper = rustybuzz::Face::from_slice(bytes, 0)?;
        let units_per_em = f32::from(rustybuzz::ttf_parser::Face::units_per_em(&shaper));
        Some(Face { font: Font::new(bytes.into(), 0)?, shaper, units_per_em })
    }

    /// Glyph and advance of a character on its own, in ems.
    pub fn glyph(&self, character: char) -> Option<(u16, f32)> {
        let GlyphId(id) = self.shaper.glyph_index(character).filter(|glyph| glyph.0 != 0)?;
        Some((id, f32::from(self.shaper.glyph_hor_advance(GlyphId(id)).unwrap_or(0)) / self.units_per_em))
    }

    pub fn ems(&self, units: i32) -> f32 {
        // Advances and offsets of fonts are 16 bits wide.
        f32::from(i16::try_from(units).unwrap_or(0)) / self.units_per_em
    }
}

macro_rules! faces {
    ($($id:ident: $file:literal),+ $(,)?) => {
        pub(super) fn face(id: FaceId) -> Result<&'static Face> {
            let read = match id {
                $(FaceId::$id => {
                    static FACE: LazyLock<Option<Face>> =
                        LazyLock::new(|| Face::read(include_bytes!(concat!("../../../../../assets/fonts/", $file))));
                    FACE.as_ref()
                })+
            };
            read.ok_or_else(|| Error::new(Code::Internal, "font"))
        }
    };
}

faces! {
    Latin: "Inter-Regular.ttf",
    LatinBold: "Inter-SemiBold.ttf",
    Mono: "NotoSansMono-Regular.ttf",
    Chinese: "NotoSansCJKsc-Regular.otf",
    HongKong: "NotoSansCJKhk-Regular.otf",
    ChineseBold: "NotoSansCJKsc-Bold.otf",
    HongKongBold: "NotoSansCJKhk-Bold.otf",
}

/// The faces asked for a character, first to last.
pub(super) fn order(style: Style, language: Language) -> Vec<FaceId> {
    use FaceId::{Chinese, ChineseBold, HongKong, HongKongBold, Latin, LatinBold, Mono};
    let traditional = language == Language::Hant;
    let mut order = match style {
        Style::Regular => vec![Latin],
        Style::Mono => vec![Mono, Latin],
        Style::Bold if traditional => vec![LatinBold, HongKongBold, ChineseBold],
        Style::Bold => vec![LatinBold, ChineseBold],
    };
    // The bold files hold the common characters only; a rarer one is drawn from these and thickened.
    order.extend(if traditional { vec![HongKong, Chinese] } else { vec![Chinese] });
    order
}

impl FaceId {
    /// Latin letters are shaped: they have kerning and accents. Chinese stands in squares.
    pub const fn is_shaped(self) -> bool {
        matches!(self, FaceId::Latin | FaceId::LatinBold)
    }

    pub const fn is_latin(self) -> bool {
        matches!(self, FaceId::Latin | FaceId::LatinBold | FaceId::Mono)
    }

    pub const fn is_thickened(self, style: Style) -> bool {
        matches!((self, style), (FaceId::Chinese | FaceId::HongKong, Style::Bold))
    }
}
