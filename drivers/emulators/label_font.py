"""Letters for pictures of emulated labels: Inter Medium (SIL Open Font License 1.1, ui/fonts/OFL.txt) at 13 dots.

Latin letters and signs of Windows-1252; what is not among them is drawn as an empty box.
"""

from __future__ import annotations

import base64
import zlib
from functools import cache

from drivers.printers.bitmap import Bitmap

__all__ = ["LINE_DOTS", "line_of_text"]

LINE_DOTS = 17
_SPACE_DOTS = 4
_CELL = 1 + 2 * LINE_DOTS
_CHARACTERS = (
    "".join(map(chr, range(33, 127)))
    + "".join(chr(code) for code in range(0xA1, 0x100) if code != 0xAD)
    + "€–—‘’“”…•ŒœŠšŽžŸ™"
)
# zlib, base 85; for each character its width, then 17 rows of 16 dots.
_PACKED = (
    "c-oCw-EQ1O6h0(w;xt=oLR2kKB_@rkAO++$Q502e;v~y9X+ud7pjIm2B<&We3R;k0C04tmB5~bE=p*zI%yV#Ki5J+*TvRRJjK}uaGvn<X?XEZe"
    "a(w>g{LDHeSELZh_jH}gE)E2lmYZG7&;ku;5%dPH`_!sJTx!w=-"
    "K1UW(i~0W>Jh%DH>WdfKznSDZqO<@G|gthneYOuJjkP~V82Z3pqtbNZOS|286*^BTBiyw0r{Xzaef`(uL>lTf95v=c@+u1lLeO^r1)C=UwKVc&"
    "BUoM-"
    "m~S9WktF86Z*|ANL^MgVeUvpX)jmYmye0d;&LAy(T=1e>cH9+jn2dPjS^`}r(DJ$zXOFmJgjer%;9|;*Be#HyP$KlMi=4Z0e}<wgEoXFJ#gSu2"
    "&+I`@t}~t$NMp8LD#4+MQw;6<rcDNbOdQq`xwM6O!o(URFcN2`Zv;iWQ7#rPztFr*k&EK&X;0jsu~1+<=p^@z~fzTI8RTM4O0s5mat1|lfp7*G"
    "RS-!M3MjH^WEonKzlDciBI!vvK%k7pfwnN6K>q1f0&j$`m_yd<1>xBLg3TcMFanR$hKIzw-"
    "4D0;zo1h4%lxoLAdUb;X&#D7oS#0Pkx4VvRr2&Q)S5^QVKR;*_F0oLya^CI3?OwwtlYk4$QVscW~=5uD0=A<5GQ0p>)1=qv%O;klar0MmM8dQ5"
    "&QweaN1&+iZ`0!9Hg@phBaHT|!B!U0l^isfT;@*3Gy)0GD}shgrC^DoVTRZrlO;Cy-&hv|)3|K&It_$mT{)he#e9x&yZ8P-"
    "K<M2=Q42dyx+FP15$R2M>Y={-"
    "^#Y$$GLLd$Gpl7+G!=|J}rEO{5Wnr;p?#s^Tgdr5U#=a&Cn0TH))K>U~CC6%tF&WaTd{8znA@yj7+|Em;9_%PvAwUlUZbPE<%>sH|Fe^K})0Fo"
    "AGrizK4ig==#U33*%Aw0kx#9jUrnN!%jmj?optg;NLD8YJVgEz*d}B{$u=F!-?2c4=J756Y^EL8FYw)CG|-"
    "!{iV~Oum<?k~~^)<N<aPcW2xDAaf#{RyF!A?nJGejHcrnwR5VmZfcjSWaW}U?&T8IT9=dJBfjp)!fQ#*eDUfSK?(<-"
    "J>Ao!c{(tOTPWO7^2=ly(h@!I5~8PRw(fp-E4~pwVprG-yJY6lLWx+yj#|QJ>unz7!RL{#bVKxX0d5(TZsz@EqGX9?TKN1Cq@*BI?;V?3oE5rN"
    ">7JZwGfmoNn^dQXZ{>XRJFY!Fq<90lASCEYN&3|?kw)Ebs03;6ae;nd73;R8U3;Rd@{|WT)j_O0lxgDL7n1OuxC&Qrr>?7zWsrF_iUd5*g7}y4"
    "u7BYF6nz#3@!4u>?n3P@_P|no-"
    "X+wdW%?1BVHwg`AUtNAijS1`e2wnXH{!K`+GZ#dU26@PQ0JmuP*6XJ6+>8GDHEp(l|5lw>w`EX5SFn*nl&Y>wC#(`-N9_4WvM>>DrqdwPnL-"
    "<(uQ5fUSA`zlX6HzFJw^HSU0t;$+{I!?;>6n5eUn;(y~;-K8A-c(qibwAB68Eey9az4oTb>P2Y?Cp$75kAoh^q{-"
    "p)qiQE_N(DMzlq;5#FR4CH3mj;7}TW-x%GL?4SBOts<tD9^9nS&)pK-NagM^ii=W`*uHP~Kyn9ZqBFe4kc^9B@oK!?zlt8glFvtyZ&ULUKut$F"
    "-2AP`Y-?S{yNmIrWW+gz%ye*7P0@uOWU74*`ktF31eYlgBIio1W2M^dDZ&aDAeV3LgrYYv&^#bB&t$=rqX#h+0U4W@-"
    "QeG6y$~fXviRYFdRI!+zv*$tpT$V@MsdZPsGDpr_!oQ9wL7q}YZisq_d)LkMgi!~i)rdRCKBZXKeO#=4syNAyaqpE6qZM4#G1=aFXc{c<`?#}@"
    "NUGFhC4j)3q7En7f2WOX!TQEWLYq$!#`n=B1A6gK0w@A!iRL%08D{1zirQ|jrK?P8jb+_GJ2Acb9YkXuz+hbY4jS+@OnR%&bml){A<&=FJCOOP"
    "4jX2NofX6a{fm|>Z0Qcs&EB!hJ=T+(<SF+!=<ErZ-"
    "@)YU*#2b3XG<vQ)k1Ini9KqEcl?a&SS3e?e$^irkGBUDN0T1cj}2~^R@1S#!l^9W@b+|>cK(!rbfOck|jUX;Msc)h~w624mxS6+kEbw-"
    "E0IeBxUejitVM=<}GQaNX+{k6rl{(@BciOJkKPup7A7JD391`dAs)D>w>Q+jiFBuu|E+(s?9O!GsdU9Ke$gKdw49(vajC0=+|vmY)hvMh;kFr5"
    ")dE_LU18W(-&&KpSk!5}mm3<pE~z4-P&ZS+Wc"
)


@cache
def _glyphs() -> dict[str, tuple[int, tuple[int, ...]]]:
    plain = zlib.decompress(base64.b85decode(_PACKED))
    cells = (plain[at : at + _CELL] for at in range(0, len(plain), _CELL))
    return {
        character: (
            cell[0],
            tuple(int.from_bytes(cell[at : at + 2], "big") >> 16 - cell[0] for at in range(1, _CELL, 2)),
        )
        for character, cell in zip(_CHARACTERS, cells, strict=True)
    }


def _glyph(character: str) -> tuple[int, tuple[int, ...]]:
    if character == " ":
        return _SPACE_DOTS, (0,) * LINE_DOTS
    box = (0,) * 3 + (0x7E,) + (0x42,) * 8 + (0x7E,) + (0,) * 4
    return _glyphs().get(character, (8, box))


def line_of_text(text: str, *, bold: bool = False) -> Bitmap:
    """The text as a picture 17 dots high."""
    rows, width = [0] * LINE_DOTS, 0
    for character in text or " ":
        dots, glyph = _glyph(character)
        rows = [row << dots | bits for row, bits in zip(rows, glyph, strict=True)]
        width += dots
    width += 1
    rows = [row << 1 | (row if bold else 0) for row in rows]
    size = (width + 7) // 8
    return Bitmap(width, LINE_DOTS, b"".join((row << size * 8 - width).to_bytes(size, "big") for row in rows))
