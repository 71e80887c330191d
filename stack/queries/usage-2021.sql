-- Usage per user, and in total, in 2021. Partition keys are strings; this one lets Athena read a year's objects only.
SELECT
  CASE WHEN GROUPING("user") = 1 THEN 'total' ELSE "user" END AS "user",
  SUM(usage) AS total_usage
FROM daily_user_summaries
WHERE year = '2021'
GROUP BY GROUPING SETS (("user"), ())
ORDER BY GROUPING("user"), "user"
