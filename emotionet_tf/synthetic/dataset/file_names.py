"""The names of the rendered sets' files, for those who only look for them."""

TRUTH_FILE = "truth.csv"
LABEL_FILES = {
    "train": "labels/dataFile_0001.txt",
    "opt": "labels/EmotioNet_FACS_opt.csv",
    "val": "labels/EmotioNet_FACS_val.csv",
    "test": "labels/EmotioNet_FACS_test.csv",
}
CLASS_FILES = {
    "identity": "labels/identity_classes.csv",
    "expression": "labels/expression_classes.csv",
}
"""Lists of path and class, of sets that are there only where they were asked for."""
