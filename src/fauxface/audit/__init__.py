"""Does a file give the label away, or is a picture there twice? What must be known before training on a data set."""

from __future__ import annotations
