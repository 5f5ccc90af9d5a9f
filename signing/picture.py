"""A picture over the whole of a signature field, without border or text."""

from __future__ import annotations

from pyhanko.pdf_utils import generic, layout
from pyhanko.pdf_utils.content import PdfContent, ResourceType
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.stamp import StaticStampStyle

from signing.appearance import Appearance

_RGB, _GREY = "/DeviceRGB", "/DeviceGray"


class Picture(PdfContent):
    """An image whose bytes were compressed once, however many documents show it."""

    def __init__(self, appearance: Appearance, width: float | None = None) -> None:
        """Take a picture with transparent ground; `width` in points, by default as many as it has pixels."""
        self._size = across, down = appearance.image.size
        self._colours, self._ground = appearance.planes
        wide = across if width is None else width
        super().__init__(box=layout.BoxConstraints(wide, wide * down / across))

    def render(self) -> bytes:
        """The operators that draw it, and its two streams in the document."""
        writer = self._ensure_writer
        mask = writer.add_object(self._stream(self._ground, _GREY))
        image = self._stream(self._colours, _RGB)
        image[pdf_name("/SMask")] = mask
        self.set_resource(ResourceType.XOBJECT, pdf_name("/VBImage"), writer.add_object(image))
        return b"q %g 0 0 %g 0 0 cm /VBImage Do Q" % (self.box.width, self.box.height)

    def _stream(self, deflated: bytes, colours: str) -> generic.StreamObject:
        width, height = self._size
        entries = {
            "/Type": pdf_name("/XObject"),
            "/Subtype": pdf_name("/Image"),
            "/Width": generic.NumberObject(width),
            "/Height": generic.NumberObject(height),
            "/ColorSpace": pdf_name(colours),
            "/BitsPerComponent": generic.NumberObject(8),
            "/Filter": pdf_name("/FlateDecode"),
        }
        return generic.StreamObject({pdf_name(name): value for name, value in entries.items()}, encoded_data=deflated)


def style(appearance: Appearance) -> StaticStampStyle:
    """The picture stretched over the field."""
    fill_box = layout.SimpleBoxLayoutRule(
        x_align=layout.AxisAlignment.ALIGN_MID,
        y_align=layout.AxisAlignment.ALIGN_MID,
        margins=layout.Margins.uniform(0),
        inner_content_scaling=layout.InnerScaling.STRETCH_TO_FIT,
    )
    return StaticStampStyle(
        background=Picture(appearance), border_width=0, background_opacity=1.0, background_layout=fill_box
    )
