//! The pages of a paper while they fill: what stands where, and where the next thing goes. Nothing is drawn before the number
//! of pages is known, because each says "1 / 3".

use std::ops::Range;
use std::rc::Rc;

use super::shape::Shaped;

/// A4, in points.
pub(super) const PAGE: (f32, f32) = (595.28, 841.89);
pub(super) const LEFT: f32 = 56.0;
pub(super) const RIGHT: f32 = PAGE.0 - LEFT;
pub(super) const WIDTH: f32 = RIGHT - LEFT;
const TOP: f32 = 62.0;
pub(super) const BOTTOM: f32 = PAGE.1 - 76.0;
const FOOT: f32 = PAGE.1 - 42.0;
/// Around a dense page, and the room of its foot.
const MARGIN: f32 = 34.0;
const FOOT_ROOM: f32 = 18.0;
const COLUMN_GAP: f32 = 22.0;

/// A paper of more pages is refused: nobody reads it, and it would not fit the memory of a small computer.
pub(super) const PAGES_MAX: usize = 5_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ink {
    Text,
    /// Labels, page numbers.
    Quiet,
    /// Lines that lead the eye.
    Line,
    Hairline,
    Accent,
    /// Behind what must be found.
    Tint,
    /// Behind every other group of a key.
    Shade,
}

impl Ink {
    pub const fn rgb(self) -> (u8, u8, u8) {
        match self {
            Ink::Text => (28, 36, 48),
            Ink::Quiet => (91, 101, 117),
            Ink::Line => (120, 130, 145),
            Ink::Hairline => (214, 219, 226),
            Ink::Accent => (15, 92, 122),
            Ink::Tint => (240, 244, 246),
            Ink::Shade => (219, 228, 233),
        }
    }
}

/// A rectangle; lines are thin ones.
#[derive(Debug, Clone, Copy)]
pub(super) struct Area {
    pub x: f32,
    pub y: f32,
    pub width: f32,
    pub height: f32,
}

pub(super) enum Item {
    /// Glyphs of a text, from a point on the base line.
    Text {
        x: f32,
        y: f32,
        size: f32,
        ink: Ink,
        text: Rc<Shaped>,
        glyphs: Range<usize>,
    },
    Fill {
        area: Area,
        ink: Ink,
    },
    Frame {
        area: Area,
        ink: Ink,
    },
    /// Dark squares of a code, each given by its corner.
    Squares {
        corners: Vec<(f32, f32)>,
        side: f32,
    },
}

pub(super) struct Sheet {
    /// Of a dense sheet these are columns.
    pub pages: Vec<Vec<Item>>,
    /// Where the next thing begins, from the top of the page.
    pub y: f32,
    /// Between the margins.
    pub width: f32,
    /// The lowest line that is set.
    bottom: f32,
    /// How much smaller all of it is drawn, and how many columns a page has; `None` = as it is laid.
    dense: Option<Density>,
}

/// How a paper is made to fit its pages.
#[derive(Debug, Clone, Copy)]
pub(super) struct Density {
    pub scale: f32,
    pub is_in_two: bool,
}

impl Density {
    /// A column as it is drawn.
    fn column(self) -> f32 {
        let all = PAGE.0 - 2.0 * MARGIN;
        if self.is_in_two { (all - COLUMN_GAP) / 2.0 } else { all }
    }
}

impl Sheet {
    pub fn new() -> Sheet {
        Sheet { pages: vec![Vec::new()], y: TOP, width: WIDTH, bottom: BOTTOM, dense: None }
    }

    /// Pages with narrow margins, on which everything is drawn smaller.
    pub fn dense(density: Density) -> Sheet {
        let width = density.column() / density.scale;
        let bottom = TOP + (PAGE.1 - 2.0 * MARGIN - FOOT_ROOM) / density.scale;
        Sheet { width, bottom, dense: Some(density), ..Sheet::new() }
    }

    /// What stands on each page of paper: its columns, from left to right.
    pub fn leaves(&self) -> std::slice::Chunks<'_, Vec<Item>> {
        self.pages.chunks(if self.dense.is_some_and(|density| density.is_in_two) { 2 } else { 1 })
    }

    /// The right end of the lines.
    pub fn right(&self) -> f32 {
        LEFT + self.width
    }

    /// From where things of a column were laid to where they are drawn: a scale, and how far they are moved.
    pub fn drawn(&self, is_second: bool) -> Option<(f32, f32, f32)> {
        let moved = |density: Density| {
            let left = if is_second { density.column() + COLUMN_GAP } else { 0.0 };
            (density.scale, MARGIN + left - LEFT * density.scale, MARGIN - TOP * density.scale)
        };
        self.dense.map(moved)
    }

    /// The foot: its ends, and its base line.
    pub fn foot(&self) -> (f32, f32, f32) {
        if self.dense.is_some() { (MARGIN, PAGE.0 - MARGIN, PAGE.1 - MARGIN) } else { (LEFT, RIGHT, FOOT) }
    }

    pub fn put(&mut self, item: Item) {
        if let Some(page) = self.pages.last_mut() {
            page.push(item);
        }
    }

    /// Whether this much still fits the page.
    pub fn has_room(&self, height: f32) -> bool {
        self.y + height <= self.bottom
    }

    pub fn is_at_top(&self) -> bool {
        self.y <= TOP
    }

    pub fn turn(&mut self) {
        self.pages.push(Vec::new());
        self.y = TOP;
    }

    /// Starts a page unless this much fits or the page is empty anyway.
    pub fn keep_together(&mut self, height: f32) {
        if !self.has_room(height) && !self.is_at_top() {
            self.turn();
        }
    }

    /// Air, but none at the top of a page.
    pub fn skip(&mut self, height: f32) {
        if !self.is_at_top() {
            self.y += height;
        }
    }

    pub fn line(&mut self, x: f32, width: f32, thickness: f32, ink: Ink) {
        self.put(Item::Fill { area: Area { x, y: self.y - thickness / 2.0, width, height: thickness }, ink });
    }

    pub fn text(&mut self, x: f32, y: f32, size: f32, ink: Ink, line: (&Rc<Shaped>, Range<usize>)) {
        self.put(Item::Text { x, y, size, ink, text: Rc::clone(line.0), glyphs: line.1 });
    }

    /// Lines of a text below each other from here on; a page is turned where they do not fit.
    pub fn lines(&mut self, x: f32, face: Setting, text: &Rc<Shaped>, lines: &[Range<usize>]) {
        for line in lines {
            self.keep_together(face.leading);
            self.text(x, face.base(self.y), face.size, face.ink, (text, line.clone()));
            self.y += face.leading;
        }
    }
}

/// Size, distance of lines and colour of a text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Setting {
    pub size: f32,
    pub leading: f32,
    pub ink: Ink,
}

impl Setting {
    /// The base line of a line that begins at `top`.
    pub fn base(self, top: f32) -> f32 {
        top + (self.leading - self.size) / 2.0 + self.size * 0.86
    }
}
