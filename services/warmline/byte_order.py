"""What files begin with that were not saved as plain UTF-8."""

import codecs

UTF_8_MARK = codecs.BOM_UTF8
"""Says nothing that we do not take for granted: it is taken off."""

UTF_16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)

IS_UTF_16 = "is UTF-16; save it as UTF-8"
"""What is said of a file that begins with one of them; after its name."""
