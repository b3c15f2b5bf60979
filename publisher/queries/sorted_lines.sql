-- Lines in order, each once.
SELECT line
FROM (SELECT line, lag(line) OVER () AS former FROM (SELECT line FROM {lines} ORDER BY line))
WHERE former IS DISTINCT FROM line
