"""Pictures of signatures and seals as people take them, and as strangers make them up."""

import io

import pytest
from PIL import Image, ImageDraw, ImageFilter

from signing import appearance, image
from signing.errors import SigningRefused
from signing.image import Colour


def photographed(drawn: Image.Image, size: tuple[int, int] = (1600, 1200), kind: str = "JPEG") -> bytes:
    """A drawing on paper as a phone sees it: a lamp on the left, shade on the right, a little blur and grain."""
    paper = Image.new("RGB", size, (238, 234, 222))
    width = int(size[0] * 0.45)
    drawing = drawn.resize((width, round(width * drawn.height / drawn.width)))
    paper.paste(drawing, (int(size[0] * 0.25), int(size[1] * 0.3)), drawing)
    shade = Image.linear_gradient("L").rotate(90).resize(size).point([105 + level * 150 // 255 for level in range(256)])
    lit = Image.composite(paper, Image.new("RGB", size, (12, 10, 8)), shade)
    grain = Image.effect_noise(size, 14).convert("RGB")
    return encoded(Image.blend(lit.filter(ImageFilter.GaussianBlur(1.2)), grain, 0.06), kind)


def encoded(picture: Image.Image, kind: str = "PNG") -> bytes:
    kept = io.BytesIO()
    picture.save(kept, kind)
    return kept.getvalue()


def refusal(data: bytes, what: str = "signature") -> str:
    with pytest.raises(SigningRefused) as refused:
        image.clean(data, what)
    return refused.value.code


def test_a_photographed_signature_keeps_its_ink_and_loses_its_paper() -> None:
    made = image.clean(photographed(appearance.demo_signature("person-a").image), "signature")
    with Image.open(io.BytesIO(made.png)) as picture:
        assert (picture.format, picture.mode, made.colour) == ("PNG", "RGBA", Colour.BLUE)
        assert max(picture.size) <= 600
        assert picture.width > 1.5 * picture.height  # cropped to the strokes
        alpha = picture.getchannel("A").histogram()
        assert sum(alpha[:30]) > 0.6 * picture.width * picture.height  # the paper is gone, also where it was dark
        assert sum(alpha[220:]) > 0.02 * picture.width * picture.height
        again = image.clean(made.png, "signature")  # a picture that is clean already stays as it is
        assert abs(again.width - made.width) <= 12


def test_a_seal_is_round_and_red() -> None:
    made = image.clean(photographed(appearance.demo_seal("UBND xã Tịnh Hà").image, (1400, 1400)), "seal")
    assert made.colour is Colour.RED
    assert 0.9 < made.width / made.height < 1.1
    squeezed = appearance.demo_seal("UBND xã Tịnh Hà").image.resize((425, 250))
    assert refusal(photographed(squeezed), "seal") == "appearance.not_round"


def test_the_wrong_colour_is_named_and_tinted_only_when_asked() -> None:
    black = Image.new("RGBA", (600, 300), (0, 0, 0, 0))
    ImageDraw.Draw(black).line([(30, 250), (200, 40), (330, 260), (560, 60)], fill=(25, 25, 30, 255), width=9)
    data = photographed(black)
    with pytest.raises(SigningRefused) as refused:
        image.clean(data, "signature")
    assert (refused.value.code, refused.value.data) == ("appearance.wrong_colour", {"colour": "black"})
    assert refusal(photographed(appearance.demo_signature("person-a").image, (1400, 1400)), "seal") in {
        "appearance.not_round",
        "appearance.wrong_colour",
    }
    made = image.clean(data, "signature", tint=True)
    with Image.open(io.BytesIO(made.png)) as picture:
        middle = picture.convert("RGB").resize((1, 1))  # every point has the colour, however transparent it is
        assert middle.getpixel((0, 0)) == image.TINT["signature"]


def test_what_is_no_signature_is_refused_by_name() -> None:
    white, dark = Image.new("RGB", (800, 600), "white"), Image.new("RGB", (800, 600), "white")
    ImageDraw.Draw(dark).rectangle((0, 0, 800, 590), fill=(30, 40, 90))
    tiny = Image.new("RGB", (60, 30), "white")
    ImageDraw.Draw(tiny).line([(5, 20), (50, 8)], fill=(20, 50, 170), width=3)
    huge = encoded(Image.new("1", (9000, 9000), 1))
    assert refusal(encoded(white)) == "appearance.empty"
    assert refusal(encoded(dark)) in {"appearance.no_contrast", "appearance.empty"}
    assert refusal(encoded(tiny)) == "appearance.too_small"
    assert refusal(huge) == "appearance.too_large"
    assert refusal(b"\xff\xd8\xff" + bytes(2**20)) == "appearance.not_an_image"
    assert refusal(b"GIF89a" + bytes(100)) == "appearance.not_an_image"
    assert refusal(encoded(white)[:-200]) == "appearance.not_an_image"
    assert refusal(bytes(image.LARGEST_FILE + 1)) == "appearance.too_large"
