"""Every setting in one place; each can be set by an environment variable `LIGHTBOX_<NAME>`."""

import os
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """The settings with their defaults; docs/design.md says what each is for."""

    model_config = SettingsConfigDict(env_prefix="LIGHTBOX_", frozen=True)

    home: Path = ROOT / "var"
    models: Path = ROOT / "models"
    model: str = "chest-xray-pneumonia"
    store_megabytes: int = 4096
    reading_megabytes: int = 900
    reading_seconds: int = 7
    volume_megabytes: int = 2048
    upload_megabytes: int = 2048
    runs_at_once: int = 1
    run_threads: int = 0
    run_megabytes: int = 12288
    kiosk: bool = False
    kiosk_seconds: int = Field(default=90, ge=11)
    data_roots: Annotated[tuple[Path, ...], NoDecode] = Field(default_factory=lambda said: (said["home"] / "data",))

    @field_validator("data_roots", mode="before")
    @classmethod
    def _roots(cls, value: Any) -> Any:
        """The folders of a variable that names several, as PATH does."""
        return tuple(Path(part) for part in value.split(os.pathsep) if part) if isinstance(value, str) else value

    @property
    def store_folder(self) -> Path:
        """Where decoded volumes lie."""
        return self.home / "store"


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process, read from the environment once."""
    return Settings()
