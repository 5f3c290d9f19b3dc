"""The catalogues of translations: found in the source, merged, compiled. Needs no gettext."""
