"""Builds the package with the styles of `templates/` in it: `living-review new` copies them."""

from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

STYLES = (".css", ".html", ".js", ".typ", ".lua", ".csl", ".py")


class WithStyles(build_py):
    """Puts the styles, whose one home is `templates/`, beside the texts of a new review."""

    def run(self) -> None:
        """Build, and copy them into `analysis/starter/styles/` of what is built."""
        super().run()
        if self.editable_mode:
            return  # the package then reads them where they are
        target = Path(self.build_lib) / "analysis" / "starter" / "styles"
        target.mkdir(parents=True, exist_ok=True)
        for path in (*sorted(Path("templates").iterdir()), Path("_quarto.yml")):
            if path.suffix in STYLES or path.name == "_quarto.yml":
                self.copy_file(str(path), str(target / path.name))


setup(cmdclass={"build_py": WithStyles})
