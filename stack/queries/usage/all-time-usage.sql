-- Usage per user, and in total, over all time.
SELECT
  CASE WHEN GROUPING(summary."user") = 1 THEN 'total' ELSE summary."user" END AS "user",
  SUM(summary.usage) AS total_usage
FROM daily_user_summaries AS summary
GROUP BY GROUPING SETS ((summary."user"), ())
ORDER BY GROUPING(summary."user"), "user"
