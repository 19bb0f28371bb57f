-- Pictures that no product had any more when it was given another one, or none; made from uploads only. They are
-- removed from where pictures are kept (api/app/images/image_collector.h) once nobody can be about to show them.
CREATE TABLE released_images (
    name        TEXT    NOT NULL PRIMARY KEY,
    released_at INTEGER NOT NULL               -- ms
) STRICT, WITHOUT ROWID;
CREATE INDEX released_images_by_time ON released_images (released_at);

-- Whether any product has a picture.
CREATE INDEX products_by_image ON products (image) WHERE image IS NOT NULL;
