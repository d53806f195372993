"""Cuts the faces of assets/fonts out of their sources. Usage: make.py NOTO_CJK_DIR INTER_DIR NOTO_MONO_DIR OUT"""
import sys
from pathlib import Path
from fontTools import subset
from fontTools.ttLib import TTFont

def codec(name, lead, trail):
    out = set()
    for a in lead:
        for b in trail:
            try:
                text = bytes([a, b]).decode(name)
            except UnicodeDecodeError:
                continue
            if len(text) == 1 and ord(text) >= 0x2000:
                out.add(ord(text))
    return out

GB18030 = codec("gb18030", range(0x81, 0xFF), range(0x40, 0xFF))  # the characters of GBK, and what joined them later
GB2312_LEVEL_1 = codec("gb2312", range(0xB0, 0xD8), range(0xA1, 0xFF))
BIG5 = codec("big5", range(0xA1, 0xFA), range(0x40, 0xFF))
BIG5_LEVEL_1 = codec("big5", range(0xA4, 0xC7), range(0x40, 0xFF))
HKSCS = codec("big5hkscs", range(0x87, 0xFF), range(0x40, 0xFF))
JIS = codec("shift_jis", [*range(0x81, 0xA0), *range(0xE0, 0xF0)], range(0x40, 0xFD))
SIGNS = {*range(0x3000, 0x3100), *range(0x31F0, 0x3200), *range(0xFF00, 0xFFF0), *range(0x2460, 0x2500), *range(0x3200, 0x3400),
         *range(0x2500, 0x2600), 0x2010, 0x2013, 0x2014, 0x2015, 0x2018, 0x2019, 0x201C, 0x201D, 0x2025, 0x2026, 0x2E3A, 0xB7}
LATIN = {*range(0x20, 0x7F), *range(0xA0, 0x370), *range(0x370, 0x530), *range(0x1E00, 0x2070), *range(0x2070, 0x2150),
         *range(0x2190, 0x2200), *range(0x2200, 0x2300), 0x25A0, 0x25A1, 0x25CB, 0x25CF, 0x2610, 0x2611, 0x2612, 0x2713, 0x2717, 0xFFFD}

def cut(font, points, features, out):
    options = subset.Options(layout_features=features, hinting=False, notdef_outline=True, legacy_kern=False, recalc_timestamp=False,
                             name_IDs=[0, 1, 2, 3, 4, 5, 6, 13, 14], name_languages=[0x409])
    options.drop_tables += ["vhea", "vmtx", "VORG", "BASE", "DSIG", "STAT", "meta"] + ([] if features else ["GPOS", "GSUB", "GDEF"])
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=points)
    cutter.subset(font)
    font.flavor = None
    font.save(out)
    print(out.name, len(font.getBestCmap()), out.stat().st_size)

def main(cjk, inter, mono, out):
    cjk, inter, mono, out = map(Path, (cjk, inter, mono, out))
    latin = ["kern", "mark", "mkmk", "ccmp", "tnum"]
    cut(TTFont(inter / "Inter-Regular.woff2"), LATIN, latin, out / "Inter-Regular.ttf")
    cut(TTFont(inter / "Inter-SemiBold.woff2"), LATIN, latin, out / "Inter-SemiBold.ttf")
    cut(TTFont(mono / "NotoSansMono-Regular.ttf"), {*range(0x20, 0x7F), *range(0xA0, 0x100), 0x2212, 0x2026}, [], out / "NotoSansMono-Regular.ttf")
    SC, HK = 2, 4  # faces in the collections; all share their glyphs, so a form differs where the glyph does
    for weight, sc_points, hk_points in [
        ("Regular", GB18030 | BIG5 | HKSCS | JIS | SIGNS, BIG5 | HKSCS | SIGNS),
        ("Bold", GB2312_LEVEL_1 | BIG5_LEVEL_1 | SIGNS, BIG5_LEVEL_1 | SIGNS),
    ]:
        source = cjk / f"NotoSansCJK-{weight}.ttc"
        simplified = TTFont(source, fontNumber=SC).getBestCmap()
        hong_kong = TTFont(source, fontNumber=HK).getBestCmap()
        differing = {p for p in hk_points if p in hong_kong and hong_kong[p] != simplified.get(p)}
        cut(TTFont(source, fontNumber=SC), sc_points, [], out / f"NotoSansCJKsc-{weight}.otf")
        cut(TTFont(source, fontNumber=HK), differing, [], out / f"NotoSansCJKhk-{weight}.otf")

main(*sys.argv[1:])
