"""Lists the parts whose number begins with 47."""

from openplm_sdk import find_parts

for part in find_parts("47"):
    print(part.number, part.name)
