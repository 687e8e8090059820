CREATE TABLE `reference_figures` (
	`exercise_id` text NOT NULL,
	`language` text NOT NULL,
	`suite_hash` text NOT NULL,
	`traffic` text NOT NULL,
	`measured_at` integer NOT NULL,
	PRIMARY KEY(`exercise_id`, `language`)
);
