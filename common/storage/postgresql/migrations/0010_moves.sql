-- What `clientele move` brings into this database, layout by layout, and how far it has come. A program does not start
-- on what is not done.
CREATE TABLE clientele.moves (
  layout text COLLATE "C" PRIMARY KEY,
  source text NOT NULL,                  -- The store that it comes from.
  position bytea NOT NULL,               -- In the source, behind the last row that is here.
  is_done boolean NOT NULL
);
