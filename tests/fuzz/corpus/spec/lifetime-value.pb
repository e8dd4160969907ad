
lifetime-value:Lifetime value: who still buys, how often and for how muchs
btyd_frequency
btyd_recency_weeks
btyd_age_weeks
btyd_monetary_value
spend_total"´:tenure_daysB2´H0z0í