"""Every setting in one place; each can be set by an environment variable `LIGHTBOX_<NAME>`."""

from functools import lru_cache
from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """The settings with their defaults; docs/design.md says what each is for."""

    model_config = SettingsConfigDict(env_prefix="LIGHTBOX_", frozen=True)

    home: Path = ROOT / "var"
    models: Path = ROOT / "models"
    store_megabytes: int = 4096
    reading_megabytes: int = 900
    reading_seconds: int = 7
    volume_megabytes: int = 2048
    upload_megabytes: int = 2048

    @property
    def store_folder(self) -> Path:
        """Where decoded volumes lie."""
        return self.home / "store"


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process, read from the environment once."""
    return Settings()
