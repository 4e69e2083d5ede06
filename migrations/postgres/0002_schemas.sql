create schema if not exists core;
create schema if not exists ranking;
create schema if not exists backtest;
