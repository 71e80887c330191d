-- Usage per user, and in total, in 2021. Partition keys are strings; this one lets Athena read a year's objects only.
SELECT
  CASE WHEN GROUPING(summary."user") = 1 THEN 'total' ELSE summary."user" END AS "user",
  SUM(summary.usage) AS total_usage
FROM daily_user_summaries AS summary
WHERE summary.year = '2021'
GROUP BY GROUPING SETS ((summary."user"), ())
ORDER BY GROUPING(summary."user"), "user"
