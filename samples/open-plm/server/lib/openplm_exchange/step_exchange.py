"""STEP AP242 (ISO 10303-242) in and out."""

from collections.abc import Iterator


class StepReader:
    """Reads the product structure of a STEP file."""

    def read(self, path: str) -> Iterator[str]:
        """Names of the products in the file."""
        with open(path, encoding="iso-8859-1") as file:
            for line in file:
                if "=PRODUCT(" in line:
                    yield line.split("'")[1]


class StepWriter:
    """Writes parts as a STEP file."""

    def write(self, path: str, numbers: list[str]) -> None:
        """One product for each number."""
        with open(path, "w", encoding="iso-8859-1") as file:
            file.write("ISO-10303-21;\n")
            for number, name in enumerate(numbers, 1):
                file.write(f"#{number}=PRODUCT('{name}','','',());\n")
            file.write("END-ISO-10303-21;\n")
