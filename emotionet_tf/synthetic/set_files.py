"""The names of the stand-in's files, for those who only look for them."""

TRUTH_FILE = "truth.csv"
LABEL_FILES = {
    "train": "labels/dataFile_0001.txt",
    "opt": "labels/EmotioNet_FACS_opt.csv",
    "val": "labels/EmotioNet_FACS_val.csv",
    "test": "labels/EmotioNet_FACS_test.csv",
}
