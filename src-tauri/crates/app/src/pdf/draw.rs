//! Pages to bytes, by krilla: PDF/A-2u, each face embedded with the glyphs used and a map back to the characters.

use jiff::Timestamp;
use krilla::color::rgb;
use krilla::configure::{Archival, ConfigurationBuilder};
use krilla::geom::{PathBuilder, Point, Rect, Transform};
use krilla::metadata::{DateTime, Metadata};
use krilla::page::PageSettings;
use krilla::paint::{Fill, Stroke};
use krilla::surface::Surface;
use krilla::{Document as File, SerializeSettings};
use purser_books::document::Language;
use zeroize::Zeroizing;

use super::face::face;
use super::shape::{Shaped, Shaper};
use super::sheet::{Area, Ink, Item, PAGE, PAGES_MAX, Setting, Sheet};
use super::{Style, line::break_lines};
use crate::error::{Code, Error, Result};

const FOOTER: Setting = Setting { size: 7.5, leading: 10.0, ink: Ink::Quiet };
/// A character without a bold form is drawn with a line of this part of its size around it.
const THICKENING: f32 = 0.03;

/// What a file says about itself.
pub(super) struct About<'a> {
    pub title: &'a str,
    /// Passed in: the same paper is the same bytes.
    pub created: Timestamp,
}

pub(super) fn write(sheet: &Sheet, shaper: &mut Shaper, about: &About<'_>) -> Result<Zeroizing<Vec<u8>>> {
    let count = sheet.leaves().len();
    if count > PAGES_MAX {
        return Err(Error::invalid(format!("a PDF of more than {PAGES_MAX} pages; choose a shorter period")));
    }
    let configuration = ConfigurationBuilder::new().with_archival_validator(Archival::A2_U).finish();
    let configuration = configuration.map_err(|_| Error::new(Code::Internal, "pdf/a"))?;
    let mut file = File::new_with(SerializeSettings { configuration, ..SerializeSettings::default() });
    let settings = PageSettings::from_wh(PAGE.0, PAGE.1).ok_or_else(|| Error::new(Code::Internal, "page size"))?;
    for (index, columns) in sheet.leaves().enumerate() {
        let mut page = file.start_page_with(settings.clone());
        let mut surface = page.surface();
        for (column, items) in columns.iter().enumerate() {
            let moved = sheet.drawn(column > 0);
            if let Some((scale, x, y)) = moved {
                surface.push_transform(&Transform::from_row(scale, 0.0, 0.0, scale, x, y));
            }
            for item in items {
                draw(&mut surface, item)?;
            }
            if moved.is_some() {
                surface.pop();
            }
        }
        footer(&mut surface, shaper, about.title, (index + 1, count), sheet.foot())?;
        surface.finish();
        page.finish();
    }
    file.set_metadata(metadata(shaper.language(), about));
    let bytes = file.finish().map_err(|error| Error::new(Code::Internal, format!("pdf: {error}")))?;
    Ok(Zeroizing::new(bytes))
}

fn metadata(language: Language, about: &About<'_>) -> Metadata {
    let language = match language {
        Language::En => "en",
        Language::Zh => "zh-Hans",
        Language::Hant => "zh-Hant-HK",
    };
    let time = about.created.to_zoned(jiff::tz::TimeZone::UTC).datetime();
    let part = |number: i8| u8::try_from(number).unwrap_or(1);
    let created = DateTime::new(u16::try_from(time.year()).unwrap_or(0))
        .month(part(time.month()))
        .day(part(time.day()))
        .hour(part(time.hour()))
        .minute(part(time.minute()))
        .second(part(time.second()))
        .utc_offset_hour(0)
        .utc_offset_minute(0);
    let title = if about.title.is_empty() { "-" } else { about.title };
    let metadata = Metadata::new().title(title.to_owned()).language(language.to_owned());
    metadata.creator("Purser".to_owned()).creation_date(created)
}

fn footer(
    surface: &mut Surface<'_>,
    shaper: &mut Shaper,
    title: &str,
    page: (usize, usize),
    (left, right, foot): (f32, f32, f32),
) -> Result<()> {
    let number = shaper.shape(&format!("{} / {}", page.0, page.1), Style::Regular)?;
    let width = number.width(0..number.glyphs.len()) * FOOTER.size;
    glyphs(surface, (right - width, foot), FOOTER, &number, 0..number.glyphs.len())?;
    let title = shaper.shape(title, Style::Regular)?;
    let room = (right - left - width - 24.0) / FOOTER.size;
    let first = break_lines(&title, room).into_iter().next().unwrap_or_default();
    glyphs(surface, (left, foot), FOOTER, &title, first)
}

fn draw(surface: &mut Surface<'_>, item: &Item) -> Result<()> {
    match item {
        Item::Text { x, y, size, ink, text, glyphs: range } => {
            let setting = Setting { size: *size, leading: *size, ink: *ink };
            glyphs(surface, (*x, *y), setting, text, range.clone())
        }
        Item::Fill { area, ink } => shape(surface, &[*area], Some(*ink), None),
        Item::Frame { area, ink } => shape(surface, &[*area], None, Some(*ink)),
        Item::Squares { corners, side } => {
            let areas: Vec<Area> =
                corners.iter().map(|(x, y)| Area { x: *x, y: *y, width: *side, height: *side }).collect();
            shape(surface, &areas, Some(Ink::Text), None)
        }
    }
}

/// One path of all areas: squares of a code drawn one by one would show seams.
fn shape(surface: &mut Surface<'_>, areas: &[Area], fill: Option<Ink>, frame: Option<Ink>) -> Result<()> {
    let mut path = PathBuilder::new();
    for area in areas {
        let rect = Rect::from_xywh(area.x, area.y, area.width, area.height);
        path.push_rect(rect.ok_or_else(|| Error::new(Code::Internal, "area"))?);
    }
    surface.set_fill(fill.map(|ink| Fill { paint: color(ink).into(), ..Fill::default() }));
    surface.set_stroke(frame.map(|ink| Stroke { paint: color(ink).into(), width: 0.75, ..Stroke::default() }));
    if let Some(path) = path.finish() {
        surface.draw_path(&path);
    }
    Ok(())
}

fn color(ink: Ink) -> rgb::Color {
    let (red, green, blue) = ink.rgb();
    rgb::Color::new(red, green, blue)
}

/// Glyphs of one line, face by face.
fn glyphs(
    surface: &mut Surface<'_>,
    (mut x, y): (f32, f32),
    setting: Setting,
    text: &Shaped,
    range: std::ops::Range<usize>,
) -> Result<()> {
    surface.set_fill(Some(Fill { paint: color(setting.ink).into(), ..Fill::default() }));
    let line = text.glyphs.get(range).unwrap_or_default();
    for part in line.chunk_by(|one, next| one.face == next.face) {
        let Some(id) = part.first().map(|glyph| glyph.face) else { continue };
        let width = setting.size * THICKENING;
        let thick = Stroke { paint: color(setting.ink).into(), width, ..Stroke::default() };
        surface.set_stroke(id.is_thickened(text.style).then_some(thick));
        surface.draw_glyphs(Point::from_xy(x, y), part, face(id)?.font.clone(), &text.text, setting.size, false);
        x += part.iter().map(|glyph| glyph.advance).sum::<f32>() * setting.size;
    }
    Ok(())
}
