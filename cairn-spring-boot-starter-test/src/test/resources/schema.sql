CREATE TABLE IF NOT EXISTS orders (
  id bigint PRIMARY KEY, shipped boolean NOT NULL DEFAULT false, reminded boolean NOT NULL DEFAULT false
);
