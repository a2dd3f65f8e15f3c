SELECT coalesce(max(version), 0), coalesce(max(readable_from), 0) FROM {schema_steps}
