-- The terms of each line of an N-Triples file: subject and predicate hold no space.
SELECT s, p, line[length(s) + length(p) + 3 : -3] AS o
FROM (SELECT line, split_part(line, ' ', 1) AS s, split_part(line, ' ', 2) AS p FROM lines)
