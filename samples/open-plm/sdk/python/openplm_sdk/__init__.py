"""Write extensions for Open PLM in Python."""

from openplm_sdk.parts import Part, find_parts

__all__ = ["Part", "find_parts"]
