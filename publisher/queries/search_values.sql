-- The facts with the texts of their terms; labels and descriptions say their language after their name. What N-Triples
-- escapes stays escaped.
SELECT
  thing,
  CASE WHEN name IN ('label', 'description') AND starts_with(mark, '@') THEN name || mark ELSE name END AS name,
  CASE WHEN starts_with(value, '"') THEN value[2:length(value) - length(mark) - 1]
    WHEN starts_with(value, '_:') THEN value[3:]
    ELSE value[2:-2]
  END AS value
FROM (
  SELECT *, CASE WHEN starts_with(value, '"') AND NOT ends_with(value, '"') THEN regexp_extract(value, '"([^"]*)$', 1) ELSE '' END AS mark
  FROM said_of_things
)
