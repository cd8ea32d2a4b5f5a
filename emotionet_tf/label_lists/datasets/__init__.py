"""The label files of AU datasets as they come, one file a dataset: folders of codes become label lists."""
