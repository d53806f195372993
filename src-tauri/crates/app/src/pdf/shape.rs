//! A text as glyphs: which face draws each character, how wide it is, and which have no glyph at all.

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

use krilla::surface::Location;
use krilla::text::GlyphId;
use purser_books::document::Language;
use rustybuzz::ttf_parser::Tag;
use rustybuzz::{Direction, Feature, ShapePlan, UnicodeBuffer};
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use super::face::{Face, FaceId, Style, face, order};
use crate::error::Result;

/// Stands for a character without a glyph.
const REPLACEMENT: char = '□';

/// Drawn by Latin and Chinese faces alike, in widths of their own: the neighbours decide.
const SHARED: [char; 8] = ['‘', '’', '“', '”', '—', '…', '·', '•'];

/// From here on characters stand in squares.
const WIDE_FROM: char = '\u{2e80}';

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Glyph {
    pub face: FaceId,
    id: u16,
    /// In ems, like the offsets.
    pub advance: f32,
    x: f32,
    y: f32,
    /// The part of the text it stands for.
    pub start: u32,
    end: u32,
}

impl krilla::text::Glyph for Glyph {
    fn glyph_id(&self) -> GlyphId {
        GlyphId::new(self.id.into())
    }

    fn text_range(&self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    fn x_advance(&self, size: f32) -> f32 {
        self.advance * size
    }

    fn x_offset(&self, size: f32) -> f32 {
        self.x * size
    }

    fn y_offset(&self, size: f32) -> f32 {
        self.y * size
    }

    fn y_advance(&self, _size: f32) -> f32 {
        0.0
    }

    fn location(&self) -> Option<Location> {
        None
    }
}

/// One line of text as it will be drawn, before it is broken.
pub(super) struct Shaped {
    /// Wiped when dropped: it may be a key.
    pub text: Zeroizing<String>,
    pub glyphs: Vec<Glyph>,
    pub style: Style,
}

impl Shaped {
    /// In ems.
    pub fn width(&self, glyphs: Range<usize>) -> f32 {
        self.glyphs.get(glyphs).unwrap_or_default().iter().map(|glyph| glyph.advance).sum()
    }
}

/// Shapes the texts of one paper and remembers what had no glyph.
pub(super) struct Shaper {
    language: Language,
    missing: BTreeSet<char>,
    orders: [(Style, Vec<FaceId>); 3],
    plans: HashMap<(FaceId, Tag), ShapePlan>,
    figures: HashMap<(FaceId, char), (u16, f32)>,
    buffer: Option<UnicodeBuffer>,
}

impl Shaper {
    pub fn new(language: Language) -> Shaper {
        let orders = [Style::Regular, Style::Bold, Style::Mono].map(|style| (style, order(style, language)));
        let (missing, plans, figures) = (BTreeSet::new(), HashMap::new(), HashMap::new());
        Shaper { language, missing, orders, plans, figures, buffer: None }
    }

    pub const fn language(&self) -> Language {
        self.language
    }

    pub fn into_missing(self) -> BTreeSet<char> {
        self.missing
    }

    pub fn shape(&mut self, text: &str, style: Style) -> Result<Shaped> {
        // Composed, so that a letter with its accent is one glyph wherever the face has one.
        let mut composed = Zeroizing::new(String::with_capacity(text.len()));
        composed.extend(text.nfc());
        let mut shaped = Shaped { text: composed, glyphs: Vec::with_capacity(text.len()), style };
        if is_figures(text) && style != Style::Mono {
            self.figures(&mut shaped)?;
            return Ok(shaped);
        }
        let text = std::mem::take(&mut shaped.text);
        let mut characters = text.char_indices().peekable();
        // The Latin letters waiting to be shaped together.
        let mut waiting: Option<(FaceId, Range<usize>)> = None;
        let mut previous = ' ';
        while let Some((at, character)) = characters.next() {
            let next = characters.peek().map_or(' ', |(_, next)| *next);
            let end = at + character.len_utf8();
            if is_ignorable(character) {
                match (&mut waiting, shaped.glyphs.last_mut()) {
                    (Some((_, range)), _) => range.end = end,
                    (None, Some(last)) => last.end = place(end),
                    (None, None) => {}
                }
                continue;
            }
            let in_squares = SHARED.contains(&character) && (previous >= WIDE_FROM || next >= WIDE_FROM);
            let found = self.find(character, style, in_squares)?;
            previous = character;
            match (&mut waiting, found) {
                (Some((face, range)), Some((found, ..))) if *face == found => range.end = end,
                (_, Some((found, ..))) if found.is_shaped() => {
                    self.flush(waiting.replace((found, at..end)), &text, &mut shaped.glyphs)?;
                }
                (_, found) => {
                    self.flush(waiting.take(), &text, &mut shaped.glyphs)?;
                    let (face, id, advance) = found.map_or_else(|| self.replacement(character), Ok)?;
                    shaped.glyphs.push(Glyph { face, id, advance, x: 0.0, y: 0.0, start: place(at), end: place(end) });
                }
            }
        }
        self.flush(waiting, &text, &mut shaped.glyphs)?;
        shaped.text = text;
        Ok(shaped)
    }

    /// The first face that has the character.
    fn find(&self, character: char, style: Style, in_squares: bool) -> Result<Option<(FaceId, u16, f32)>> {
        let order =
            self.orders.iter().find(|(of, _)| *of == style).map(|(_, order)| order.as_slice()).unwrap_or_default();
        let skip_latin = in_squares || character >= WIDE_FROM;
        for id in order.iter().filter(|id| !(skip_latin && id.is_latin())) {
            if let Some((glyph, advance)) = face(*id)?.glyph(character) {
                return Ok(Some((*id, glyph, advance)));
            }
        }
        Ok(None)
    }

    fn replacement(&mut self, missing: char) -> Result<(FaceId, u16, f32)> {
        self.missing.insert(missing);
        let (id, advance) = face(FaceId::Chinese)?.glyph(REPLACEMENT).unwrap_or((0, 1.0));
        Ok((FaceId::Chinese, id, advance))
    }

    /// Shapes Latin letters together.
    fn flush(&mut self, letters: Option<(FaceId, Range<usize>)>, text: &str, out: &mut Vec<Glyph>) -> Result<()> {
        let Some((id, range)) = letters else { return Ok(()) };
        let (base, part) = (range.start, text.get(range).unwrap_or_default());
        let face = face(id)?;
        let mut buffer = self.buffer.take().unwrap_or_default();
        buffer.push_str(part);
        buffer.guess_segment_properties();
        buffer.set_direction(Direction::LeftToRight);
        let script = buffer.script();
        let plan = self
            .plans
            .entry((id, script.tag()))
            .or_insert_with(|| ShapePlan::new(&face.shaper, Direction::LeftToRight, Some(script), None, &[]));
        let made = rustybuzz::shape_with_plan(&face.shaper, plan, buffer);
        let infos = made.glyph_infos();
        for (index, (info, position)) in infos.iter().zip(made.glyph_positions()).enumerate() {
            let next = infos.iter().skip(index).map(|later| later.cluster).find(|cluster| *cluster != info.cluster);
            out.push(Glyph {
                face: id,
                id: u16::try_from(info.glyph_id).unwrap_or(0),
                advance: face.ems(position.x_advance),
                x: face.ems(position.x_offset),
                y: face.ems(position.y_offset),
                start: place(base + info.cluster as usize),
                end: place(base + next.map_or(part.len(), |cluster| cluster as usize)),
            });
        }
        self.buffer = Some(made.clear());
        Ok(())
    }

    /// Digits all equally wide, each for itself: columns of them stand straight.
    fn figures(&mut self, shaped: &mut Shaped) -> Result<()> {
        let id = if shaped.style == Style::Bold { FaceId::LatinBold } else { FaceId::Latin };
        for (at, character) in shaped.text.char_indices() {
            let (glyph, advance) = match self.figures.get(&(id, character)) {
                Some(known) => *known,
                None => {
                    let made = tabular(face(id)?, character);
                    self.figures.insert((id, character), made);
                    made
                }
            };
            let (start, end) = (place(at), place(at + character.len_utf8()));
            shaped.glyphs.push(Glyph { face: id, id: glyph, advance, x: 0.0, y: 0.0, start, end });
        }
        Ok(())
    }
}

fn tabular(face: &Face, character: char) -> (u16, f32) {
    let mut buffer = UnicodeBuffer::new();
    buffer.add(character, 0);
    // The face would also widen hyphens and points, which tears dates apart.
    let is_digit = u32::from(character.is_ascii_digit());
    let made = rustybuzz::shape(&face.shaper, &[Feature::new(Tag::from_bytes(b"tnum"), is_digit, ..)], buffer);
    let glyph = made.glyph_infos().first().and_then(|info| u16::try_from(info.glyph_id).ok()).unwrap_or(0);
    (glyph, made.glyph_positions().first().map_or(0.0, |position| face.ems(position.x_advance)))
}

/// Amounts, dates, times and ids: to stand under each other.
pub(super) fn is_figures(text: &str) -> bool {
    let all = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'A'..=b'Z' | b' '..=b'/' | b':'))
        || text.chars().all(|c| matches!(c, '0'..='9' | 'A'..='Z' | ' '..='/' | ':' | '−' | '€' | '£' | '¥'));
    all && text.bytes().any(|byte| byte.is_ascii_digit())
}

/// Characters that only choose how their neighbour looks.
fn is_ignorable(character: char) -> bool {
    matches!(character, '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' | '\u{34f}')
}

/// A place in a text of at most a few thousand characters.
fn place(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
