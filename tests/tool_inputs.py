"""Small tables as other programs write them, all invented; only columns that matter, in their true order."""

from pathlib import Path

OPENFACE2_VIDEO = """frame, face_id, timestamp, confidence, success, AU06_r, AU12_r, AU06_c, AU12_c, AU28_c
1, 0, 0.000, 0.98, 1, 1.20, 2.40, 1.00, 1.00, 0.00
2, 0, 0.033, 0.98, 1, 1.30, 2.60, 1.00, 1.00, 0.00
3, 0, 0.067, 0.02, 0, 0.57, 1.50, 0.00, 1.00, 0.00
4, 0, 0.100, 0.98, 1, 0.40, 1.90, 0.00, 1.00, 1.00
"""
OPENFACE2_IMAGE = """face,confidence,AU06_r,AU12_r,AU06_c,AU12_c,AU28_c
0,0.975,1.00,2.10,1.0,1.0,0.0
1,0.925,0.00,0.00,0.0,0.0,0.0
"""
OPENFACE3_IMAGE = """timestamp,image_path,face_id,face_detection,landmarks,emotion,gaze_yaw,gaze_pitch,action_units
2026-01-01 12:00:00,in/photo.jpg,0,"[30, 40, 50, 60, 0.91, 1, 1]","[[1, 2]]",1,-0.1,-0.2,"[[0.1, 0.2, 0.4, 0.6, 0.9, 0.12, 0.25, 0.26]]"
2026-01-01 12:00:00,in/photo.jpg,1,"[90, 40, 50, 60, 0.97, 1, 1]","[[1, 2]]",1,-0.1,-0.2,"[[0.1, 0.2, 0.4, 0.6, 0.9, 0.12, 0.25, 0.26]]"
2026-01-01 12:00:01,in/empty.jpg,,,,,,,
"""  # noqa: E501
OPENFACE3_VIDEO = """timestamp,video_path,frame_index,face_id,face_detection,landmarks,emotion,gaze_yaw,gaze_pitch,action_units
2026-01-01 12:00:00,in/clip.mp4,0,0.0,"[30, 40, 50, 60, 0.99]","[[1, 2]]",0.0,0.0,0.0,"[[0.0, 0.0, 0.00009, 0.412, 0.0, 0.855, 0.731, 0.0]]"
2026-01-01 12:00:01,in/clip.mp4,1,,,,,,,
"""  # noqa: E501
PYFEAT2_IMAGES = """FaceRectX,FaceRectWidth,FaceScore,AU06,AU12,AU43,FrameHeight,FrameWidth,input,frame,Identity
1.5,9,0.8,0.91,0.9,0.05,480.0,640.0,in/a.jpg,0,Person_0
9.5,9,0.95,0.11,0.2,0.05,480.0,640.0,in/a.jpg,0,Person_1
,,,,,,480.0,640.0,in/noface.jpg,1,
"""
PYFEAT2_VIDEO = """FaceRectX,FaceScore,AU06,AU12,AU43,FrameHeight,FrameWidth,input,frame,approx_time,Identity
1.5,0.9,0.91,0.9,0.05,480.0,640.0,in/clip.mp4,0,00:00,Person_0
,,,,,480.0,640.0,in/clip.mp4,1,00:00,
1.5,0.9,0.31,0.3,0.05,480.0,640.0,in/clip.mp4,59,00:01,Person_0
"""
LIBREFACE_VIDEO = """frame_idx,frame_time_in_ms,pitch,au_1,au_4,au_7,au_4_intensity,au_5_intensity,facial_expression
0,0.0,-3.2,0,0,1,2.0418723,0.5,Happiness
1,0.04,-3.2,0,1,0,1.5,2.7131834,Happiness
4,0.16,-3.2,1,1,0,0.5,0.0418723,Happiness
"""
LIBREFACE_IMAGE = """facial_expression,gaze_yaw,au_1,au_4,au_7,au_4_intensity,au_5_intensity
Happiness,-3.2,0,0,1,2.042,0.5
"""
PYAFAR = """Frame,Person_ID,Pitch,Occ_au_6,Occ_au_12,Int_au_6,Int_au_14
1,1,1.0,0.93,0.04,2.6,0.0
1,2,1.0,0.13,0.14,0.6,0.5
5,1,1.0,0.73,0.54,2.6,0.2
"""
OURS = """id,file,face_index,found,confidence,AU06,AU12,AU12_decision,AU06_threshold
s1/a.jpg,s1/a.jpg,0,1,0.99,0.4,0.6,0,0.3
s1/a.jpg#1,s1/a.jpg,1,1,0.90,0.1,0.2,0,0.3
s1/b.jpg,s1/b.jpg,0,0,,,,,0.3
"""
TEXTS = {
    "openface2_video": OPENFACE2_VIDEO,
    "openface2_image": OPENFACE2_IMAGE,
    "openface3_image": OPENFACE3_IMAGE,
    "openface3_video": OPENFACE3_VIDEO,
    "pyfeat2_images": PYFEAT2_IMAGES,
    "pyfeat2_video": PYFEAT2_VIDEO,
    "libreface_video": LIBREFACE_VIDEO,
    "libreface_image": LIBREFACE_IMAGE,
    "pyafar": PYAFAR,
    "ours": OURS,
}


def put(path: Path, text: str) -> Path:
    """Writes a table, and returns its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def named(table, row: int) -> dict[str, float]:
    """Returns a row's scores by their columns' names."""
    scores = table.rows[row].scores
    return {column.name: round(float(score), 6) for column, score in zip(table.columns, scores, strict=True)}
