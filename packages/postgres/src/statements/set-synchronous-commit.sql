-- Whether commits wait for the disk.
SET synchronous_commit = {level}
