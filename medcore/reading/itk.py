"""SimpleITK's decoder for the pictures of 16 and 32 bits that Pillow cuts, turns round or takes for others."""

from pathlib import Path

from medcore.reading.raster import Raster


def itk_raster(path: Path, decoder: str, orientation: int = 1) -> Raster:
    """The one picture in the file with all of its bits; `decoder` is "PNGImageIO" or "TIFFImageIO".

    Raises RuntimeError where it can't be decoded, and MemoryError where it is too large.
    """
    import SimpleITK as sitk  # noqa: N813  0.1 s and 300 MB of address space that few files need

    try:
        image = sitk.ReadImage(str(path), imageIO=decoder)
    except RuntimeError as error:
        if "allocate" in str(error) or "bad_alloc" in str(error):
            raise MemoryError from error
        raise
    pixels = sitk.GetArrayViewFromImage(image)
    return Raster(pixels[0] if image.GetDimension() == 3 else pixels, orientation, owner=image)
