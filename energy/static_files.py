"""Static files under names that hold their digest, so that browsers may keep them for ever."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticFilesWithModules(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Also writes the new names into the modules that import each other."""

    support_js_module_import_aggregation = True
